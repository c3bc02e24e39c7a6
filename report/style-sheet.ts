/** How the page looks: light and dark, on a screen of any width and on paper. */
import { bands } from './phase-bands.ts';

interface Scheme {
  readonly paper: string;
  readonly panel: string;
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly link: string;
  readonly good: string;
  readonly undone: string;
  readonly bad: string;
  readonly open: string;
  readonly plan: string;
  readonly 'm-window': string;
  readonly 'm-safe': string;
  readonly 'm-gate': string;
}

const light: Scheme = {
  paper: '#ffffff',
  panel: '#f2f5f8',
  ink: '#16202c',
  faint: '#4a5662',
  line: '#c3ccd5',
  link: '#0b5394',
  good: '#1b6b2b',
  undone: '#8a4b00',
  bad: '#a8201a',
  open: '#4a5662',
  plan: '#16202c',
  'm-window': '#a8201a',
  'm-safe': '#8a4b00',
  'm-gate': '#4a5662',
};

const dark: Scheme = {
  paper: '#12181f',
  panel: '#1c252f',
  ink: '#eef3f8',
  faint: '#b9c4cf',
  line: '#475563',
  link: '#8cc4ff',
  good: '#7fd98c',
  undone: '#ffb877',
  bad: '#ff9a90',
  open: '#b9c4cf',
  plan: '#eef3f8',
  'm-window': '#ff9a90',
  'm-safe': '#ffb877',
  'm-gate': '#b9c4cf',
};

function variables(scheme: Scheme, ofBand: 'light' | 'dark'): string {
  const own = Object.entries(scheme).map(([name, colour]) => `--${name}:${String(colour)}`);
  return [`color-scheme:${ofBand}`, ...own, ...bands.map((band) => `--b-${band.key}:${band[ofBand]}`)].join(';');
}

/** The style sheet. */
export const styleSheet = [
  `:root{${variables(light, 'light')}}`,
  `@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${variables(dark, 'dark')}}}`,
  `@media screen{:root[data-theme=dark]{${variables(dark, 'dark')}}}`,
  ...bands.map(({ key }) => `.b-${key}{background:var(--b-${key})}`),
  `*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;overflow-wrap:break-word}
header,main,footer{max-width:1080px;margin:0 auto;padding:0 20px}
a{color:var(--link)}
h1{font-size:1.7rem;line-height:1.25;margin:.2em 0 .4em}
h2{font-size:1.3rem;margin:2.2em 0 .6em;border-bottom:2px solid var(--line);padding-bottom:.2em}
h3{font-size:1.05rem;margin:1.4em 0 .4em}
details h3{font-size:.95rem;margin:.8em 0 .2em}
p{margin:.5em 0}
ul{margin:.3em 0;padding-left:1.4em}
code{font:.88em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace}
.cmd{background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:.1em .4em;white-space:pre-wrap}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--paper);padding:8px}
.world{display:flex;gap:12px;align-items:center;flex-wrap:wrap;margin-top:14px;padding:10px 14px;border:2px solid var(--ink);border-radius:6px}
.world strong{font-size:1.1rem;letter-spacing:.04em}
.world button{margin-left:auto}
nav ul{display:flex;flex-wrap:wrap;gap:.2em 1.1em;list-style:none;padding:0}
button,input,select{font:inherit;color:var(--ink);background:var(--panel);border:1px solid var(--faint);border-radius:5px;padding:.3em .7em;max-width:100%}
button{cursor:pointer}
.copy{font-size:.8rem;padding:0 .5em}
.outcome{font-size:1.15rem;border-left:6px solid;padding:.4em .8em;background:var(--panel)}
.note{border-left:4px solid var(--line);padding-left:.8em;color:var(--faint)}
.good{color:var(--good)}.undone{color:var(--undone)}.bad{color:var(--bad)}.open{color:var(--open)}
.outcome.good,.outcome.undone,.outcome.bad,.outcome.open{color:var(--ink)}
.outcome.good{border-color:var(--good)}.outcome.undone{border-color:var(--undone)}.outcome.bad{border-color:var(--bad)}.outcome.open{border-color:var(--open)}
.counts{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:10px}
.counts li{border:1px solid var(--line);border-left:5px solid;border-radius:6px;padding:8px 12px}
.counts .count{font-size:1.7rem;font-weight:700}.verdict{font-weight:700}
.meaning{display:block;color:var(--faint);font-size:.85rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:4px 24px;margin:1em 0}
.facts div{display:flex;gap:.6em;border-bottom:1px solid var(--line);padding:.2em 0}
dt{color:var(--faint);flex:0 0 8.5em}dd{margin:0}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.87rem}
caption{text-align:left;color:var(--faint);padding:.3em 0;font-size:.85rem}
td code,th code{white-space:nowrap}
td:last-child,.ev li,.ev b{overflow-wrap:anywhere}
td:last-child{min-width:11em}
th,td{text-align:left;vertical-align:top;padding:.3em .6em .3em 0;border-top:1px solid var(--line);font-weight:400}
thead th,.app th{font-weight:700}
tbody th{font-weight:600}
.app th{background:var(--panel);padding-left:.5em}
#list>tbody>tr+tr>td{border-top:0;padding-bottom:.6em}
#list td.good,#list td.undone,#list td.bad,#list td.open{font-weight:700;white-space:nowrap}
small,i{color:var(--faint);font-style:normal;font-size:.92em}
details ul,details>p{font-size:.85rem}
.ev{list-style:none;padding:0}
.ev li{display:grid;grid-template-columns:7.5em 3fr 4fr 4fr;gap:0 .8em;border-top:1px solid var(--line);padding:.15em 0}
.ev b{font-weight:400;grid-column:2;grid-row:1}
summary{cursor:pointer;color:var(--link);width:fit-content}
.controls{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;margin:.8em 0}.controls[hidden]{display:none}
.controls input{width:17em}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:4px 16px;font-size:.87rem}
.key{display:inline-block;min-width:1.5em;text-align:center;color:var(--paper);font-weight:700;border-radius:3px}
.planned{width:30px;height:8px}.planned path{stroke:var(--plan);stroke-width:1.5;fill:none}
figure{margin:1em 0}figcaption{font-weight:600;margin-bottom:.2em}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:0 24px}
.chart{display:block;min-width:640px;max-width:100%;height:auto;font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}
.charts .chart{min-width:320px}
.chart text{fill:var(--ink);font-size:10px}
.chart path:not([stroke]){stroke:var(--line)}
.chart .m{text-anchor:middle}
.chart .e{text-anchor:end}
.chart .letters text{fill:var(--paper);font-size:9px;font-weight:700}
.chart .heading text{font-weight:700;font-size:11px}
.chart .end text{font-size:9.5px}
.chart .plan path:not([stroke]),.chart .tick path:not([stroke]){stroke:var(--plan);stroke-width:1.3}
.chart .role-axis-label text,.chart .marknames text{fill:var(--faint)}
.chart .role-axis-title text{fill:var(--faint);font-weight:700}
.chart .marks path{stroke-width:1.4;stroke-dasharray:4 2}
.chart .line path{stroke-width:2}
.machine svg{height:auto}
@media screen{section{content-visibility:auto;contain-intrinsic-size:auto 1200px;padding:0 4px}header,footer{padding:0 24px}}
@media (max-width:640px){
header,main,footer{padding:0 12px}
h1{font-size:1.35rem}
.facts{grid-template-columns:1fr}
.facts div{flex-wrap:wrap;gap:0 .6em}
#list>thead th:nth-child(n+3):nth-child(-n+5),#list>tbody>tr:first-child>td:nth-child(n+3):nth-child(-n+5){display:none}
.ev li{display:block}
#list td{min-width:0!important;white-space:normal!important}
.controls input{width:100%}.controls label{width:100%}
}
@media print{
@page{size:A4 landscape;margin:12mm}
html{font-size:12px}
body{font-size:1rem;print-color-adjust:exact;-webkit-print-color-adjust:exact}
h1{font-size:15pt}h2{margin-top:.8em}
header,main,footer{max-width:none;padding:0}
button,.controls,nav,.skip{display:none!important}
section{break-before:page}section#summary,section#approvals,section#failures,section#about{break-before:auto}
h2,h3,figcaption,caption,.app{break-after:avoid}
figure,tr,li{break-inside:avoid}
#list tr+tr{break-inside:auto}#list tr:first-child{break-after:avoid}
.wide{overflow:visible}.chart,.charts .chart{min-width:0;width:100%!important;max-height:165mm}
#timeline figure:first-of-type .chart{max-height:60mm}.charts .chart{max-height:55mm}.charts{grid-template-columns:1fr 1fr}
details::details-content{content-visibility:visible;display:block;height:auto}
summary{color:var(--ink);font-weight:600;list-style:none}
a[href^=http]::after{content:' (' attr(href) ')'}
.machine svg{max-width:100%;max-height:165mm}
}`,
].join('\n');
