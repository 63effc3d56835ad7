import type { Client, Connection } from '@temporalio/client';
import type { HealthReply } from '../../contract/http/replies.ts';
import type { Logger } from '../../contract/shared/logger.ts';
import {
  ensureSearchAttributes,
  explainMissing,
  missingAttributes,
  type MissingAttributes,
} from '../../temporal-config/search-attributes.ts';
import { countExecutions } from './visibility.ts';
import { SELECT_UNINDEXED } from './visibility-query.ts';

type Problem = HealthReply['problems'][number];

/** How often it is looked whether an administrator has registered what is missing (milliseconds). */
const LOOK_EVERY_MS = 3_000;

/**
 * Whether workflows can be indexed by search attributes, and found by them. While they cannot, it looks again and
 * again, so that no server has to be started anew when somebody registers them.
 */
export class SearchIndex {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #log: Pick<Logger, 'warn'>;
  #missing: MissingAttributes | undefined;
  /** Workflows that were started without search attributes: no query by these finds them. */
  #unindexed = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(connection: Connection, client: Client, log: Pick<Logger, 'warn'>) {
    this.#connection = connection;
    this.#client = client;
    this.#log = log;
  }

  /** Registers what is missing, where that is possible; else says so in the log. */
  static async open(connection: Connection, client: Client, log: Pick<Logger, 'warn'>): Promise<SearchIndex> {
    const index = new SearchIndex(connection, client, log);
    index.#missing = await ensureSearchAttributes(connection, client.options.namespace);
    await index.#count();
    if (index.problem !== undefined) log.warn({}, wordsOf(index.problem));
    index.#look();
    return index;
  }

  /** Whether a workflow that is started now has search attributes. */
  get indexed(): boolean {
    return this.#missing === undefined;
  }

  /** Whether all workflows are found by search attributes; while not, whoever looks for some goes through all. */
  get searchable(): boolean {
    return this.indexed && this.#unindexed === 0;
  }

  get problem(): Problem | undefined {
    const { namespace } = this.#client.options;
    if (this.#missing !== undefined)
      return { code: 'search_attributes_missing', ...explainMissing(this.#missing, namespace) };
    if (this.#unindexed === 0) return undefined;
    return {
      code: 'search_attributes_new',
      message: `${this.#unindexed} workflows of the Temporal namespace ${namespace} were started before it had the search attributes. Lists are slow and their pages may be short.`,
      next_step: 'Nothing to do: this ends when the retention of the namespace has removed them.',
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    if (this.searchable) return;
    this.#timer = setTimeout(() => {
      void this.#again()
        .catch(() => undefined)
        .then(() => this.#timer && this.#look());
    }, LOOK_EVERY_MS).unref();
  }

  async #again(): Promise<void> {
    const before = this.problem?.code;
    const missing = await missingAttributes(this.#connection, this.#client.options.namespace);
    const { reason } = this.#missing ?? {};
    this.#missing = missing && { ...missing, ...(reason === undefined ? {} : { reason }) };
    await this.#count();
    if (this.problem?.code === before) return;
    this.#log.warn({}, this.problem ? wordsOf(this.problem) : 'All workflows are found by search attributes again.');
  }

  async #count(): Promise<void> {
    if (this.indexed) this.#unindexed = await countExecutions(this.#client, SELECT_UNINDEXED);
  }
}

const wordsOf = ({ message, next_step }: Problem): string => `${message} ${next_step}`;
