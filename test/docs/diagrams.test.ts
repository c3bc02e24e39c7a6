/** The pictures of the state machines show all there is in the files, and can stand in any page. */
import { machineDefinitions, machineDiagram, machineNames } from '../../docs/generate/machine-diagram.ts';
import { conceptPictures } from '../../docs/generate/concept-pictures.ts';
import { machineGraph } from '../../docs/generate/machine-graph.ts';
import { statesOf } from '../../docs/generate/machine-states.ts';
import { parseDefinition, type State } from '../../local/asl.ts';

const unescape = (svg: string) =>
  svg.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
const namesIn = (svg: string) => [...svg.matchAll(/class="name"[^>]*>([^<]+)</g)].map(([, name = '']) => name);
const waysIn = (svg: string) =>
  [...svg.matchAll(/<title>(\w+) → (\w+)/g)].map(([, from, to]) => `${from ?? ''} → ${to ?? ''}`);

/** Every way of a state, read from the file and not from the graph that the picture is drawn from. */
const waysOf = ([name, state]: [string, State]): string[] =>
  [
    state.Next,
    ...(state.Choices ?? []).map((rule) => String(rule['Next'])),
    state.Default,
    ...(state.Catch ?? []).map((catcher) => catcher.Next),
    state.ItemProcessor?.StartAt,
    ...(state.Branches ?? []).map(({ StartAt }) => StartAt),
  ].flatMap((to) => (to === undefined ? [] : [`${name} → ${to}`]));

describe.each(machineNames)('the picture of %s', (machine) => {
  const definition = machineDefinitions[machine];
  const states = statesOf(definition);
  const drawn = machineDiagram(machine);

  it('has every state by name, and no other', async () => {
    expect(namesIn(await drawn).sort()).toEqual(states.map(([name]) => name).sort());
  });

  it('has every way: Next, each rule, the default, each Catch', async () => {
    expect(waysIn(await drawn).sort()).toEqual(states.flatMap(waysOf).sort());
  });

  it('says what each retry is for and how often', async () => {
    const svg = unescape(await drawn);
    for (const [name, { Retry = [] }] of states) {
      for (const { ErrorEquals, MaxAttempts } of Retry) {
        expect(svg).toMatch(
          new RegExp(`<title>${name}:[^<]*at most ${String(MaxAttempts)} times on ${ErrorEquals.join(', ')}`),
        );
      }
    }
  });

  it('draws what comes after an error apart from the rest, with the errors beside it', async () => {
    const catches = [...(await drawn).matchAll(/<g class="catch"><title>([^<]*)<\/title>.*?<text/g)];
    expect(catches).toHaveLength(states.flatMap(([, { Catch = [] }]) => Catch).length);
  });

  it('is small, described, without scripts, and everything in it is under a name of its own', async () => {
    const svg = await drawn;
    expect(svg.length).toBeLessThan(60_000);
    expect(svg).not.toMatch(/<script|\son\w+=|javascript:|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(svg).toContain(`aria-labelledby="sm-${machine}-title sm-${machine}-desc"`);
    const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id);
    expect(ids.every((id) => id.startsWith(`sm-${machine}-`))).toBe(true);
    const rules = /<style>([^]*)<\/style>/.exec(svg)?.[1] ?? '';
    const selectors = rules
      .split('\n')
      .flatMap((rule) => (rule.replace(/^@media[^{]*\{/, '').split('{')[0] ?? '').split(','));
    expect(selectors.filter((selector) => !selector.startsWith(`.sm-${machine}`))).toEqual([]);
  });

  it('follows the reader’s light or dark scheme', async () => {
    expect(await drawn).toMatch(/@media screen and \(prefers-color-scheme:dark\)\{\.sm-[\w-]+\{--paper:#12181f/);
  });
});

it('every machine there is has a picture', () => {
  expect([...machineNames].sort()).toEqual(Object.keys(machineDefinitions).sort());
});

it('a state that is put into a machine is missing from its picture until it is drawn again', async () => {
  const definition = machineDefinitions.commit;
  const { Committed, ...others } = definition.States;
  expect(Committed).toBeDefined();
  const changed = parseDefinition('commit', { ...definition, States: { ...others, Done: { Type: 'Succeed' } } });
  const names = machineGraph(changed).nodes.map(({ name }) => name);
  expect(names).toContain('Done');
  expect(namesIn(await machineDiagram('commit'))).not.toContain('Done');
});

it.each(Object.entries(conceptPictures))('the picture %s is under its own name, and said in words', (name, draw) => {
  const svg = draw();
  expect(svg).toContain(`<svg xmlns="http://www.w3.org/2000/svg" class="${name}"`);
  expect(/<desc[^>]*>([^<]+)</.exec(svg)?.[1]?.length).toBeGreaterThan(100);
});

const luminance = (colour: string) => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** How far two colours are apart, as the Web Content Accessibility Guidelines count it. */
const contrast = (one: string, other: string) => {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((first, second) => first - second);
  return (lighter + 0.05) / (darker + 0.05);
};

it.each(['light', 'dark'])('letters can be read on everything they stand on: %s', async (scheme) => {
  const svg = await machineDiagram('commit');
  const [light = '', dark = ''] = [...svg.matchAll(/\{(--paper:[^}]*)\}/g)].map(([, variables = '']) => variables);
  const variables = scheme === 'light' ? light : dark;
  const colours = new Map(
    [...variables.matchAll(/--([\w-]+):(#\w{6})/g)].map(([, name = '', colour = '']) => [name, colour]),
  );
  const grounds = [...colours].filter(([name]) => name === 'paper' || name.endsWith('-fill'));

  expect(grounds).toHaveLength(9);
  for (const [ground, colour] of grounds) {
    for (const ink of ground === 'paper' ? ['ink', 'faint', 'failure'] : ['ink', 'faint']) {
      const ratio = contrast(colours.get(ink) ?? '', colour);
      expect(ratio < 4.5 ? `${ink} on ${ground}: ${String(ratio)}` : 'fine').toBe('fine');
    }
  }
});
