/**
 * The page's own program, in the language of browsers. The page is whole without it: it only filters, orders, opens, copies
 * and saves. Its hash is in the page's content security policy, so nothing else runs there.
 */

/** The program's text. */
export const pageScript = `'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  const theme = byId('theme');
  theme.hidden = false;
  theme.addEventListener('click', () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = isDark ? 'light' : 'dark';
    theme.setAttribute('aria-pressed', String(!isDark));
  });

  const list = byId('list');
  const bodies = [...list.tBodies];
  const servers = bodies.filter((body) => body.dataset.v).map((body, place) => {
    const name = body.rows[0].cells[0].textContent.toLowerCase();
    return { body, place, name, text: '', verdict: body.dataset.v, time: Number(body.dataset.t) };
  });
  let application = '';
  for (const body of bodies) {
    if (body.className === 'app') application = body.textContent;
    else servers.find((server) => server.body === body).application = application;
  }
  const order = byId('order');
  const filter = byId('filter');
  const verdict = byId('by-verdict');
  const show = () => {
    const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    const alive = new Set();
    for (const server of servers) {
      if (words.length > 0) server.text ||= (server.application + ' ' + server.body.textContent).toLowerCase();
      const fits = (!verdict.value || server.verdict === verdict.value) && words.every((word) => server.text.includes(word));
      server.body.hidden = !fits;
      if (fits) { count += 1; alive.add(server.application); }
    }
    for (const body of bodies) if (body.className === 'app') body.hidden = order.value !== '' || !alive.has(body.textContent);
    byId('shown').textContent = count + ' of ' + servers.length + ' source servers shown';
  };
  const ranks = ${JSON.stringify(['NEEDS_A_PERSON', 'UNDECIDED', 'ROLLED_BACK', 'BLOCKED', 'NOT_STARTED', 'VERIFIED', 'FINALIZED'])};
  const orders = {
    name: (a, b) => a.name.localeCompare(b.name),
    verdict: (a, b) => ranks.indexOf(a.verdict) - ranks.indexOf(b.verdict) || a.place - b.place,
    slow: (a, b) => b.time - a.time || a.place - b.place,
  };
  order.addEventListener('change', () => {
    const compare = orders[order.value];
    list.append(...(compare ? [...servers].sort(compare).map(({ body }) => body) : bodies));
    show();
  });
  filter.addEventListener('input', show);
  verdict.addEventListener('change', show);
  const controls = byId('controls');
  controls.hidden = false;
  controls.addEventListener('submit', (event) => event.preventDefault());
  const setAll = (open) => each('#list tbody:not([hidden]) details', (element) => { element.open = open; });
  byId('open-all').addEventListener('click', () => setAll(true));
  byId('close-all').addEventListener('click', () => setAll(false));

  const addCopy = (root) => root.querySelectorAll('.cmd:not([data-copy])').forEach((code) => {
    code.dataset.copy = '';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', 'Copy ' + code.textContent);
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = 'Selected';
      }
    });
    code.after(' ', button);
  });
  addCopy(byId('summary'));
  document.addEventListener('toggle', (event) => {
    if (event.target.open) addCopy(event.target);
  }, true);

  let opened = [];
  const openForPaper = () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    opened.forEach((element) => { element.open = true; });
  };
  addEventListener('beforeprint', openForPaper);
  addEventListener('afterprint', () => {
    opened.forEach((element) => { element.open = false; });
    opened = [];
  });

  const unpack = (element) => {
    const bytes = Uint8Array.from(atob(element.textContent), (character) => character.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')));
  };
  const details = byId('details');
  if (details) {
    unpack(details).json().then((texts) => {
      texts.forEach((text, index) => {
        servers[index].body.querySelector('details').insertAdjacentHTML('beforeend', text);
        servers[index].text = '';
      });
      list.dataset.whole = '';
    });
  }
  const data = byId('data');
  const save = byId('save');
  if (data && save) {
    save.hidden = false;
    save.addEventListener('click', async () => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await unpack(data).blob());
      link.download = data.dataset.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  }
})();
`;
