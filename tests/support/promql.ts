import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** What a query wants of one metric. */
export interface Wanted {
  metric: string;
  /** Of its matchers, and of what groups or matches its values. */
  labels: readonly string[];
}

/** Variables that Grafana puts into a query, as something that can be parsed. */
const VARIABLES = { $__rate_interval: '5m', $__interval: '1m', $__range: '1h' };

/** The metrics that a PromQL query reads, with the labels that it needs of them. Throws where it is none. */
export function readQuery(query: string): Wanted[] {
  const text = Object.entries(VARIABLES).reduce((all, [name, value]) => all.replaceAll(name, value), query);
  const wanted: Wanted[] = [];
  const words = (node: SyntaxNode, kind: string): string[] => {
    const found: string[] = [];
    node.cursor().iterate(({ name, from, to }) => void (name === kind && found.push(text.slice(from, to))));
    return found;
  };
  parser.parse(text).iterate({
    enter({ name, type, node }) {
      if (type.isError) throw new Error(`no PromQL at ${node.from}: ${query}`);
      if (name !== 'VectorSelector') return;
      const [metric] = words(node, 'Identifier');
      if (metric === undefined) throw new Error(`a selector without a name: ${query}`);
      const labels = new Set(words(node, 'LabelName'));
      for (let above = node.parent; above !== null; above = above.parent)
        for (const kind of ['AggregateModifier', 'MatchingModifierClause'])
          for (const modifier of above.getChildren(kind))
            for (const label of words(modifier, 'LabelName')) labels.add(label);
      wanted.push({ metric, labels: [...labels] });
    },
  });
  return wanted;
}
