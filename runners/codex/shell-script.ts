/** What a script of a shell runs, as far as its text tells. */
export interface ShellScript {
  /** The words of each command, without their quotes. */
  commands: readonly (readonly string[])[];
  /** Whether these are all: nothing is substituted, written to a file or decided while it runs. */
  isPlain: boolean;
}

/** Redirections that write no file. */
const HARMLESS = /^(?:\d?>&\d|[\d&]?>{1,2} ?\/dev\/null)(?=[\s;&|]|$)/;

/** Words with which a shell begins something that is more than a command. */
const RESERVED = new Set('! { } [[ if then elif else fi for while until do done case esac select function'.split(' '));

/** Reads a script. Of one that is not plain there may be more commands than a shell would run. */
export function readScript(text: string): ShellScript {
  const reading = new Reading();
  let rest = text;
  while (rest !== '') rest = rest.slice(reading.take(rest));
  return reading.end();
}

/** A script up to where it was read. */
class Reading {
  readonly #commands: string[][] = [[]];
  #isPlain = true;
  #word: string | undefined;
  /** The quote that is open. */
  #quote = '';

  /** Reads the first characters of `rest`; answers how many. */
  take(rest: string): number {
    const [char = ''] = rest;
    if (this.#quote === "'") return this.#quoted(char);
    if (char === '\\') return this.#escaped(rest[1] ?? '');
    if (char === '$' || char === '`') return this.#substituted(rest);
    if (this.#quote !== '') return this.#quoted(char);
    const harmless = this.#word === undefined ? HARMLESS.exec(rest)?.[0] : undefined;
    if (harmless !== undefined) return harmless.length;
    if (char === "'" || char === '"') this.#open(char);
    else if (/[\n;&|]/.test(char)) this.#endCommand();
    else if (/\s/.test(char)) this.#endWord();
    else if (/[(){}<>#]/.test(char)) this.#break();
    else this.#add(char);
    return 1;
  }

  end(): ShellScript {
    this.#endCommand();
    const commands = this.#commands.filter((words) => words.length > 0);
    const areSimple = commands.every(([first = '']) => !RESERVED.has(first) && !first.includes('='));
    return { commands, isPlain: this.#isPlain && areSimple && this.#quote === '' };
  }

  #quoted(char: string): number {
    if (char === this.#quote) this.#quote = '';
    else this.#add(char);
    return 1;
  }

  /** A line that goes on on the next one has nothing of the escape in it. */
  #escaped(char: string): number {
    if (char !== '\n') this.#add(char);
    return 2;
  }

  #substituted(rest: string): number {
    if (!/^(?:`|\$\()/.test(rest)) this.#add(rest[0] ?? '');
    else this.#break();
    this.#isPlain = false;
    return rest.startsWith('$(') ? 2 : 1;
  }

  #open(quote: string): void {
    this.#quote = quote;
    this.#add('');
  }

  #break(): void {
    this.#isPlain = false;
    this.#endCommand();
  }

  #add(text: string): void {
    this.#word = (this.#word ?? '') + text;
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#commands.at(-1)?.push(this.#word);
    this.#word = undefined;
  }

  #endCommand(): void {
    this.#endWord();
    this.#commands.push([]);
  }
}
