/** `text` without the user-info of addresses and without `secrets`. */
export function redact(text: string, secrets: readonly string[] = []): string {
  const plain = secrets.filter((secret) => secret !== '').flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return plain.reduce((rest, secret) => rest.replaceAll(secret, '***'), text).replace(/(https?:\/\/)[^/@\s']+@/g, '$1');
}
