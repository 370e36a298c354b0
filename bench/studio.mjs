// The studio as a creator has it: the program, and its interface in a page of Chromium, where it is measured best, and in its own
// window on WebKit, which is what people use. How far the preview is behind the programme and what it costs; ten sources, and a
// hand that drags one; and how long it takes from the click on Go live until a viewer sees a picture.

import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { install, quantile } from '../tests/browser/senses.mjs';
import { Stage, sleep, until } from '../tests/browser/stage.mjs';
import { Studio, openInterface } from '../tests/browser/studio.mjs';
import { Window } from '../tests/browser/window.mjs';
import { watchStudio } from './eyes.mjs';
import { figure, say, seconds, spread } from './figures.mjs';
import { shares } from './processes.mjs';

/** Until everything runs evenly. */
const SETTLING = 3_000;
/** Shows that are begun by each protocol. */
const SHOWS = 3;
/** Pointers are moved so often, in milliseconds. */
const MOVE = 16;
const STUDIO = /^klieg-studio$/;

const place = (x, y, width = 280, height = 158) => `x = ${x}\ny = ${y}\nwidth = ${width}\nheight = ${height}`;

/** A collection file with the engine's clock over one scene of these sources: kind, name, settings, place. */
const collection = (name, sources) => `
name = "${name}"
[canvas]
width = 1280
height = 720
fps = 30
[overlays]
clock = true
${sources.map(([kind, of, settings = '']) => `[[sources]]\nkind = "${kind}"\nname = "${of}"\n${settings}`).join('\n')}
[[scenes]]
name = "Scene"
${sources.map(([, of, , where = '']) => `[[scenes.items]]\nsource = "${of}"\n${where}`).join('\n')}
`;

const TWO = [
  ['test', 'Screen', 'pattern = "smpte"'],
  ['test', 'Camera', 'pattern = "ball"', place(40, 80)],
  ['tone', 'Tone'],
];

/** Moving pictures, stills, words, a sound; the file stands on top, in the middle. */
const ten = (still, clip) => [
  ['test', 'Lights'],
  ['test', 'Bars', 'pattern = "smpte"', place(40, 60)],
  ['test', 'Ball', 'pattern = "ball"', place(360, 60)],
  ['test', 'Rings', 'pattern = "zone-plate"', place(680, 60)],
  ['image', 'Photo', `path = "${still}"`, place(980, 60)],
  ['image', 'Sponsor', `path = "${still}"`, place(980, 500)],
  ['text', 'Name', 'text = "Ada plays requests"', place(40, 500)],
  ['text', 'Words', 'text = "Late evening songs"\noutline = "#000000"', place(360, 500)],
  ['tone', 'Voice', 'wave = "pink-noise"'],
  ['file', 'Clip', `path = "${clip}"`, place(500, 281)],
];

const still = (stage) => {
  const file = path.join(stage.folder, 'still.png');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360', '-frames:v', '1', file]);
  return file;
};

/** Opens a collection, and waits until all of it runs. */
async function arrange(studio, name, sources) {
  await studio.command({ command: 'import_collection', text: collection(name, sources) });
  await until(`all sources of “${name}” run`, () => {
    const { state } = studio;
    return state.collection.name === name && sources.every(([, of]) => state.sources[of]?.is === 'live');
  }, 60_000);
  await sleep(SETTLING);
}

/** The interface in Chromium. */
class Page {
  name = 'Chromium';
  processes = /^chrom/;

  constructor(page) {
    this.page = page;
  }

  run(job) {
    return this.page.evaluate(job);
  }

  async drag(at) {
    const { mouse } = this.page;
    await mouse.move(...at(0));
    await mouse.down();
    const end = Date.now() + seconds * 1000;
    for (let step = 1; Date.now() < end; step += 1) {
      await mouse.move(...at(step));
      await sleep(MOVE);
    }
    await mouse.up();
  }
}

/** The interface in the studio's own window; the pointer is the display's. */
class OwnWindow {
  name = 'window';
  // Their names are cut off after fifteen letters.
  processes = /^WebKit\w+Pr/;

  constructor(window) {
    this.window = window;
  }

  run(job) {
    return this.window.run(`return (${job})()`);
  }

  async drag(at) {
    const xdotool = async (...words) => {
      const env = { ...process.env, DISPLAY: this.window.display };
      return (await promisify(execFile)('xdotool', words, { env })).stdout;
    };
    const [id] = (await xdotool('search', '--onlyvisible', '--name', '^Klieg Studio$')).split('\n');
    const move = (step) => ['mousemove', '--window', id, ...at(step).map((side) => side.toFixed(0))];
    const count = Math.round((seconds * 1000) / MOVE);
    const moves = Array.from({ length: count }, (_, step) => [...move(step + 1), 'sleep', `${MOVE / 1000}`]).flat();
    await xdotool(...move(0), 'mousedown', '1', ...moves, 'mouseup', '1');
  }
}

/** Waits until an interface shows the preview, and looks at it. */
async function look(view) {
  const isShown = () => document.querySelector('.monitor .picture[data-shown="true"]') !== null;
  await until('the preview', () => view.run(isShown), 60_000);
  await view.run(install);
  await view.run(watchStudio);
  await sleep(SETTLING);
}

const percent = (share) => `${share.toFixed(0)} % of a core`;

/** What the preview costs, and then, since to read that costs as well, how old it is. `alone`: the studio's share without it. */
async function preview(view, alone) {
  say(`the preview, ${view.name}`);
  const [studio, page] = await shares([STUDIO, view.processes], seconds);
  figure(`studio preview, ${view.name}: CPU of the studio, beyond that without`, percent(studio - alone), '<= 15 %');
  figure(`studio preview, ${view.name}: CPU of the interface`, percent(page));
  await view.run(() => (eyes.isReading = true));
  await sleep(seconds * 1000);
  const behind = await view.run(() => ((eyes.isReading = false), eyes.behind));
  if (behind.length === 0) throw new Error('no picture of the preview could be read');
  spread(`studio preview, ${view.name}: painted behind the programme`, behind, '<= 120 ms');
}

/** Ten sources, recorded: at rest, and while one is dragged. */
async function busy(view, studio, sources) {
  say(`ten sources, ${view.name}`);
  await arrange(studio, 'Ten sources', sources);
  await studio.command({ command: 'start_recording' });
  await until('the recording', () => studio.state.recording?.recorded > 1_000, 60_000);
  await sleep(SETTLING);
  const { x, y, scale } = await view.run(() => {
    const { left, top, width } = document.querySelector('.monitor .picture').getBoundingClientRect();
    return { x: left, y: top, scale: width / 1280 };
  });
  // From the middle of the canvas, where the file stands, and around it.
  const at = (step) => [x + (640 + 200 * Math.sin(step / 20)) * scale, y + (360 + 100 * Math.sin(step / 31)) * scale];
  const lost = () => [studio.state.program.missed, studio.state.program.skipped];
  for (const [what, hand] of [['at rest', () => {}], ['one dragged', () => view.drag(at)]]) {
    const before = lost();
    await view.run(() => ((eyes.beats = []), requestAnimationFrame(eyes.beat)));
    const [[cpu, page]] = await Promise.all([shares([STUDIO, view.processes], seconds), hand()]);
    const beats = await view.run(() => [eyes.beats, (eyes.beats = null)][0]);
    const pauses = beats.slice(1).map((beat, index) => beat - beats[index]);
    const pace = (1000 * pauses.length) / (beats.at(-1) - beats[0]);
    const slow = [0.95, 1].map((fraction) => quantile(pauses, fraction).toFixed(0));
    const [missed, skipped] = lost().map((count, index) => count - before[index]);
    const name = `studio, ten sources recorded, ${view.name}, ${what}`;
    figure(`${name}: CPU of studio, interface`, `${cpu.toFixed(0)} %, ${page.toFixed(0)} % of a core`);
    figure(`${name}: frames not composed, not encoded in time`, `${missed}, ${skipped} in ${seconds} s`);
    figure(`${name}: the interface draws`, `${pace.toFixed(0)} frames/s, p95 ${slow[0]} ms, longest ${slow[1]} ms`);
  }
  await until('the drag has moved something', () => studio.state.can_undo);
  await studio.command({ command: 'stop_recording' });
  await until('the recording is over', () => !studio.state.recording);
}

/** From the click in the window to what the server says, and to the first picture of a viewer who opens the channel then. */
async function click(stage, studio, window) {
  const { handle, key } = await stage.creator('ada');
  const browser = await stage.browser();
  const viewer = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await viewer.addInitScript(install);
  const channel = async () => (await stage.api('GET', `/channels/${handle}`)).live;
  const isOn = async () => (await channel())?.renditions.some(({ name }) => name === 'source') && Date.now();
  for (const [kind, url] of [['whip', `${stage.http}/whip`], ['rtmp', `rtmp://${stage.rtmp}/live`]]) {
    say(`from the click to live, ${kind}`);
    const destination = { id: 'bench', name: 'Bench', kind, url, enabled: true };
    await studio.command({ command: 'set_destination', destination, key });
    const waited = { live: [], seen: [] };
    for (let show = 0; show < SHOWS; show += 1) {
      // The page is in the browser's cache then, as it is where people come back.
      await viewer.goto(`${stage.http}/${handle}`);
      await viewer.goto('about:blank');
      const pressed = window.press('Go live').then(() => window.press('Go live', '//dialog'));
      const [live] = await Promise.all([until('the server says that it is live', isOn, 60_000, 20), pressed]);
      await viewer.goto(`${stage.http}/${handle}`);
      const sees = () => document.querySelector('[data-testid="player"]') && (senses.watch(), senses.frames > 0);
      await viewer.waitForFunction(sees, null, { timeout: 40_000 });
      const seen = Date.now();
      const clicked = await window.run('return eyes.clicked');
      waited.live.push(live - clicked);
      waited.seen.push(seen - clicked);
      await until('the studio is live', () => studio.state.show.is === 'live', 40_000);
      await studio.command({ command: 'end_show' });
      await until('the show is over', () => studio.state.show.is === 'off', 40_000);
      await until('nobody is live', async () => (await channel()) === null, 60_000);
    }
    const name = `studio, from the click to live by ${kind.toUpperCase()}`;
    spread(`${name}: the server says so`, waited.live);
    spread(`${name}: somebody sees it`, waited.seen);
  }
  await browser.close();
}

const stage = await Stage.open();
try {
  const sources = ten(still(stage), stage.clip());

  say('the studio without an interface');
  const headless = await Studio.open(stage);
  await until('the studio', () => headless.state);
  await headless.command({ command: 'welcomed' });
  await arrange(headless, 'Two sources', TWO);
  const [alone] = await shares([STUDIO], seconds);
  figure('studio 720p30, two sources, nothing sent, no interface: CPU', percent(alone));

  const { page } = await openInterface(stage, headless, { width: 1360, height: 860 });
  const inChromium = new Page(page);
  await look(inChromium);
  await preview(inChromium, alone);
  await busy(inChromium, headless, sources);
  await stage.chromium.close();
  await headless.crash();

  const window = await Window.open(stage, { KLIEG_STUDIO_REMOTE: '1' });
  const studio = await until('the window', () => Studio.connect(path.join(stage.folder, 'window/state/remote.json')), 60_000);
  await until('the studio', () => studio.state);
  await studio.command({ command: 'welcomed' });
  await arrange(studio, 'Two sources', TWO);
  const inWindow = new OwnWindow(window);
  await look(inWindow);
  await preview(inWindow, alone);
  await click(stage, studio, window);
  await busy(inWindow, studio, sources);
  await window.close();
} finally {
  await stage.close();
}
