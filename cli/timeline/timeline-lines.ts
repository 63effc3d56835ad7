import { colors, formatDuration, localTime } from '../output/format.ts';
import { fit, textWidth } from '../output/width.ts';
import type { TimelineNote } from './notes.ts';
import type { Stretch, Timeline } from './timeline.ts';

/** Columns before what was done: the time of day and how long it took. */
const LEAD = 22;

const TONES = { good: colors.green, bad: colors.red, warn: colors.yellow };

/** A timeline as lines of at most `width` columns: when, for how long and what, with what was remarkable below. */
export function timelineLines({ stretches }: Pick<Timeline, 'stretches'>, width: number, now = Date.now()): string[] {
  let day = '';
  return stretches.flatMap((each) => {
    const [date = '', time = ''] = localTime(new Date(each.from).toISOString()).split(' ');
    const head = date === day ? [] : [colors.dim(fit(`  ${date}`, width))];
    day = date;
    return [...head, stretchLine(each, time, width, now), ...noteLines(each, width)];
  });
}

function stretchLine({ what, host, from, to, kind }: Stretch, time: string, width: number, now: number): string {
  const took = `${to === null ? '›' : ' '}${formatDuration((to ?? now) - from)}`.padStart(LEAD - 12);
  const room = Math.max(1, width - LEAD);
  const shown = fit(what, room);
  const left = room - textWidth(shown);
  const on = host === null || left < 8 ? '' : fit(` on ${host}`, left);
  const paint = kind === 'loss' ? colors.red : kind === 'wait' ? colors.yellow : colors.bold;
  return `  ${colors.dim(time)}${to === null ? colors.cyan(took) : took}  ${paint(shown)}${colors.dim(on)}`;
}

function noteLines({ notes, tools }: Stretch, width: number): string[] {
  const used = tools.words();
  const all: TimelineNote[] = used === undefined ? notes : [...notes, { text: `tools: ${used}` }];
  const lead = ' '.repeat(LEAD);
  return all.map(({ text, tone }) => lead + (tone === undefined ? colors.dim : TONES[tone])(fit(text, width - LEAD)));
}
