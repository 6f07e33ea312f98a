// What is told about a run, a span or a node, wherever the reader points.

import { count, fromNow, moment, num, span as duration } from './format.js';
import { DECISIONS, PAST, PROMISED } from './model.js';

/** Lines about what a run holds in one place. */
export function blockLines(block) {
  const { span } = block;
  const { run } = span;
  return [
    ['owner', run.owner.name],
    ['here', `${count(block.gpus, 'GPU')} ${span.kind === PROMISED ? 'promised' : span.kind === PAST ? 'held' : 'leased'}`],
    ['run', `${num(run.held === null ? runGpus(run) : run.held)} GPUs of ${run.flavor || 'unknown flavor'}, ${DECISIONS.get(run.decision)}`],
    ['role', span.role === 'Active' ? null : span.role],
    ['paid by', span.payer || 'nobody (unfunded)'],
    ['from', `${moment(span.start)} (${fromNow(span.start)})`],
    ['until', `${moment(span.end)}, ${duration(span.end - span.start)}`],
    ['began as', span.reason === 'Start' ? null : span.reason],
    ['ended', span.closed || null],
  ].filter((line) => line[1] !== null);
}

/** GPUs of all spans that a run holds at once at most; only for runs whose entry does not say. */
function runGpus(run) {
  const starts = run.spans.map((one) => one.start);
  const at = (instant) => run.spans.filter((one) => one.start <= instant && instant < one.end);
  return Math.max(0, ...starts.map((instant) => at(instant).reduce((sum, one) => sum + one.gpus, 0)));
}
