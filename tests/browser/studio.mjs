// The studio for tests in a browser: the program without its window, and its interface served to a page.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import WebSocket from 'ws';
import { sleep, until } from './stage.mjs';

/** The studio without its window, spoken to as other programs speak to it. */
export class Studio {
  #asked = new Map();
  #number = 0;

  /** With its files in the stage's folder, where those of one before still are. */
  static async open(stage, env = {}) {
    const home = path.join(stage.folder, 'studio');
    const program = process.env.KLIEG_STUDIO;
    if (!program) throw new Error('KLIEG_STUDIO is not set: it names the studio (make test and make bench set it)');
    const child = stage.run(program, 'studio', ['--headless'], { ...env, KLIEG_STUDIO_HOME: home, KLIEG_STUDIO_REMOTE: '1' });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    const ready = await until('the studio is ready', () => said.match(/ready remote=(\S+) token-file=(\S+)\n/));
    const studio = await Studio.connect(ready[2]);
    studio.child = child;
    return studio;
  }

  /** A studio that runs, by the file in which it says where it is. */
  static async connect(file) {
    const { url, token } = JSON.parse(readFileSync(file, 'utf8'));
    const studio = new Studio();
    studio.bridge = `${url}?token=${token}`;
    studio.socket = new WebSocket(`${url}?events=studio`, { headers: { authorization: `Bearer ${token}` } });
    studio.socket.on('message', (data) => studio.#hear(JSON.parse(data)));
    await new Promise((open, fail) => studio.socket.once('open', open).once('error', fail));
    return studio;
  }

  #hear(message) {
    if (message.event === 'studio') this.state = message.payload;
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if ('error' in message) asked?.fail(new Error(message.error));
    else asked?.done(message.ok);
  }

  command(command) {
    const id = (this.#number += 1);
    const answer = new Promise((done, fail) => this.#asked.set(id, { done, fail }));
    this.socket.send(JSON.stringify({ id, invoke: 'command', args: { command } }));
    return answer;
  }

  /** Ends it as a crash does. */
  crash() {
    return this.#end('SIGKILL');
  }

  /** Ends it as the system does. */
  close() {
    return this.#end('SIGTERM');
  }

  async #end(signal) {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill(signal);
    await ended;
  }

  edit(edit) {
    return this.command({ command: 'edit', ...edit });
  }
}

const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', wasm: 'application/wasm', svg: 'image/svg+xml' };

/** Serves the studio's interface to a browser: the address of its page. */
async function serveInterface(stage) {
  const dist = process.env.KLIEG_STUDIO_DIST;
  if (!dist) throw new Error('KLIEG_STUDIO_DIST is not set: it names the folder with the interface (make test and make bench set it)');
  const server = http.createServer(async (request, answer) => {
    const name = new URL(request.url, 'http://x').pathname.replace(/^\/$/, '/index.html');
    try {
      const file = await readFile(path.join(dist, path.normalize(name)));
      answer.writeHead(200, { 'content-type': TYPES[name.split('.').pop()] ?? 'application/octet-stream' }).end(file);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  stage.atEnd(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}

/** The interface of a studio in a page of the stage's browser, and what breaks in it. */
export async function openInterface(stage, studio, { width = 1440, height = 900, theme = 'dark' } = {}) {
  const browser = await stage.browser();
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  // As the button for it leaves it.
  await context.addInitScript((chosen) => localStorage.setItem('klieg.theme', chosen), theme);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`${await serveInterface(stage)}?bridge=${encodeURIComponent(studio.bridge)}`);
  return { page, problems };
}

/** Keeps a picture of a page, or of a part of it, where KLIEG_SCREENSHOTS names a folder: `make pictures` takes those of docs/ from there. */
export async function keep(what, name) {
  if (!process.env.KLIEG_SCREENSHOTS) return;
  // Dialogs and menus come gently, and the stage shows a little later what it is told.
  await sleep(700);
  await what.screenshot({ path: path.join(process.env.KLIEG_SCREENSHOTS, `studio-${name}.png`) });
}

/** Nothing runs out of the window at its side. */
export async function fits(page, name) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wider <= 0, `${name} is ${wider} pixels wider than the window`);
}

const LOOKS = [['dark', 1440, 900], ['light', 1000, 640]];

/** What is open now fits a wide window in the dark and a narrow one in the light, and is kept in both: all of it, or a part. */
export async function inBothLooks(page, name, part = page) {
  for (const [theme, width, height] of LOOKS) {
    await page.setViewportSize({ width, height });
    await page.evaluate((theme) => document.documentElement.setAttribute('data-theme', theme), theme);
    await fits(page, name);
    await keep(part, `${name}-${theme}`);
  }
}

/** A stage with something of everything: three scenes, two pictures, two sounds, words. */
export async function dress(studio) {
  const scene = await until('a scene', () => studio.state?.collection.scenes[0].name);
  await studio.edit({ edit: 'rename_scene', scene, name: 'Stage' });
  for (const name of ['Close-up', 'Break']) await studio.edit({ edit: 'add_scene', name });
  const add = (source, on = 'Stage') => studio.edit({ edit: 'add_source', scene: on, source });
  await add({ kind: 'test', name: 'Lights', title: 'Late evening songs', subtitle: 'Ada plays requests' });
  await add({ kind: 'test', name: 'Camera', pattern: 'smpte' });
  await add({ kind: 'music', name: 'Piano', amplitude: 0.5 });
  await add({ kind: 'tone', name: 'Voice', wave: 'pink-noise', amplitude: 0.3 });
  await add({ kind: 'text', name: 'Words', text: 'Back in five minutes', size: 72, align: 'centre' }, 'Break');
}

/** A creator, and their studio with a small picture of one ball. */
export async function withBall(stage) {
  const ada = await stage.creator('ada');
  const studio = await Studio.open(stage);
  const scene = await until('a scene', () => studio.state?.collection.scenes[0].name);
  await studio.command({ command: 'welcomed' });
  await studio.edit({ edit: 'set_canvas', canvas: { width: 320, height: 180, fps: 30 } });
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'test', name: 'Ball', pattern: 'ball' } });
  return { ada, studio, scene };
}
