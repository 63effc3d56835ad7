/**
 * What the Web UI shows above everything else, which has room for about four lines: `rows` but for those without a
 * value.
 */
export function detailsOf(rows: Readonly<Record<string, string | null | undefined>>): string {
  const told = Object.entries(rows).filter(([, value]) => value != null);
  return told.map(([name, value]) => `- **${name}**: ${value}`).join('\n');
}
