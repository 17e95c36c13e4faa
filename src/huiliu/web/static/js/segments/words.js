// The brand's own words for pickers, and the values that its people have.
import { values } from './server.js';

const number = new Intl.NumberFormat('en-US');

/** The brand's words as options of pickers. */
export function picking(words) {
  const named = (list) => list.map((one) => ({ value: one.value, label: one.label }));
  const seen = (list) => list.map((one) => ({ value: one.name, label: one.label, note: one.personal ? window.t('builder.sealed') : window.t(`builder.type.${one.type}`) }));
  const events = words.events.map((one) => ({ value: one.name, label: one.label, note: number.format(one.n) }));
  const traits = seen(words.traits);
  const every = [...new Map(words.events.flatMap((one) => one.properties).map((one) => [one.name, one])).values()];
  const of = (event) => words.events.find((one) => one.name === event)?.properties ?? every;
  return {
    pick(kind, about) {
      switch (kind) {
        case 'event': return events;
        case 'trait': return traits;
        case 'property': return seen(of(about.event));
        case 'node': return named((words.documents.journey ?? []).find((one) => one.value === about.journey)?.nodes.map((node) => ({ value: node, label: node })) ?? []);
        case 'channel': return named(words.channels);
        default: return named(words.documents[kind] ?? []);
      }
    },
    typeOf(subject) {
      const type = (list, name) => { const one = list?.find((each) => each.name === name); return one && { string: 'string', number: 'number', boolean: 'boolean', date: 'date' }[one.type]; };
      if (subject?.property !== undefined && subject?.event) return type(of(subject.event), subject.property);
      return subject?.trait ? type(words.traits, subject.trait) : undefined;
    },
  };
}

/** The values that people have for a subject, as options. */
export async function suggestions(subject) {
  const told = await values(subject);
  return {
    options: told.values.map(([value, n]) => ({ value, label: String(value), note: number.format(n) })),
    note: window.t(told.is_personal ? 'builder.sealed_values' : 'builder.no_values'),
  };
}
