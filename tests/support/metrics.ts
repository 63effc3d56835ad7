/** One value that Prometheus is told. */
interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What a process tells Prometheus at one moment. */
export class Scrape {
  readonly samples: readonly Sample[];

  private constructor(samples: readonly Sample[]) {
    this.samples = samples;
  }

  /** Of the API, or of the probe server of a worker, at `url`. */
  static async of(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
    const response = await fetch(`${url}/metrics`, { headers });
    if (!response.ok) throw new Error(`${url}/metrics answered ${response.status}`);
    return new Scrape((await response.text()).split('\n').flatMap(sampleOf));
  }

  /** The sum of what has these labels, among others; 0 where nothing has. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels);
    return this.samples
      .filter((sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }
}

/** None in an empty line or a comment. */
function sampleOf(line: string): Sample[] {
  const [, name, written = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined) return [];
  const labels = [...written.matchAll(/([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"/g)].map(
    ([, label = '', value = '']) => [label, value] as const,
  );
  return [{ name, labels: Object.fromEntries(labels), value: Number(value?.replace('Inf', 'Infinity')) }];
}
