// The stage for tests in Chromium: a real server in a folder of its own, real encoders, a browser. All of it ends with
// the test that began it.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { chromium } from 'playwright-core';

const bin = process.env.KLIEG_BIN;
if (!bin) throw new Error('KLIEG_BIN is not set: it names the folder with the programs (make test sets it)');

// A square of the row that the engine's clock draws and `senses.mjs` reads, white while `enable` holds.
const square = (index, enable = '1') => `drawbox=x=${index * 8}:y=0:w=8:h=8:color=white:t=fill:enable='${enable}'`;
const bit = (power) => `mod(floor(n/${2 ** power}),2)`;
const ones = Array.from({ length: 16 }, (_, power) => bit(power)).join('+');

// A moving picture that flashes white and a tone that beeps, both for the first tenth of every second. Where the engine's
// clock would stand, the picture carries its own number.
const PICTURE = [
  'testsrc2=size=640x360:rate=30',
  "drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='lt(mod(t,1),0.1)'",
  'drawbox=x=0:y=0:w=320:h=8:color=black:t=fill',
  square(0),
  ...Array.from({ length: 16 }, (_, power) => square(33 - power, bit(power))),
  ...Array.from({ length: 5 }, (_, power) => square(39 - power, `mod(floor((${ones})/${2 ** power}),2)`)),
].join(',');
const PULSE = 'if(lt(mod(t,1),0.1),0.5*sin(880*2*PI*t),0)';
const SOUND = `aevalsrc='${PULSE}|${PULSE}':s=44100`;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks `probe` every `pause` until it answers something true; `what` says in words what was awaited. Times are in milliseconds. A busy
 * machine is slow: only what is broken waits to the end.
 */
export async function until(what, probe, patience = 60_000, pause = 100) {
  const deadline = Date.now() + patience;
  let last;
  do {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await sleep(pause);
  } while (Date.now() < deadline);
  throw new Error(`${what}: not within ${patience} ms (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`);
}

/** Waits until `probe` answers what is expected: what is done to a page is to be seen in it a moment later. */
export async function becomes(expected, probe, what = 'what is seen') {
  let last;
  await until(what, async () => isDeepStrictEqual((last = await probe()), expected)).catch((error) => {
    assert.deepEqual(last, expected, what);
    throw error;
  });
}

/** Where something is drawn, once it stays there. */
export function settled(locator) {
  let last;
  return until('it stays where it is', async () => {
    const before = last;
    last = await locator.boundingBox();
    return last && isDeepStrictEqual(last, before) && last;
  });
}

/** A server, its people and its encoders. */
export class Stage {
  #children = [];
  #ends = [];

  /** `limits` are lines of that table. */
  static async open(config = '', limits = '') {
    const stage = new Stage();
    stage.folder = mkdtempSync(path.join(tmpdir(), 'klieg-'));
    const limited = `[limits]\nsign_up = "1000/min"\nlog_in = "1000/min"\nlog_in_address = "1000/min"\n${limits}`;
    // No request to anybody else, unless a test is about that.
    const quiet = config.includes('link_previews') ? '' : 'link_previews = false\n';
    writeFileSync(path.join(stage.folder, 'klieg.toml'), quiet + config + limited);
    const any = '127.0.0.1:0';
    const server = stage.run('klieg-server', 'server', [
      'serve', '--http', any, '--rtmp', any, '--rtc', any,
      '--config', path.join(stage.folder, 'klieg.toml'), '--data', stage.folder,
    ]);
    const lines = readline.createInterface({ input: server.stdout });
    for await (const line of lines) {
      if (!line.startsWith('ready ')) continue;
      const word = (name) => line.match(new RegExp(`${name}=\\S*?([^/\\s]+:\\d+)`))[1];
      stage.http = `http://${word('http')}`;
      stage.rtmp = word('rtmp');
      stage.server = server;
      return stage;
    }
    throw new Error(`the server did not start:\n${stage.log('server')}`);
  }

  /** Starts a program of Klieg's, or another, which reads `input`; its words go to `NAME.log`. */
  run(program, name, args, env = {}, input) {
    const log = openSync(path.join(this.folder, `${name}.log`), 'a');
    const command = program.startsWith('klieg-') && !program.includes('/') ? path.join(bin, program) : program;
    const child = spawn(command, args, { stdio: [input ? 'pipe' : 'ignore', 'pipe', log], env: { ...process.env, ...env } });
    child.stdin?.end(input);
    if (program !== 'klieg-server') child.stdout.resume();
    this.#children.push(child);
    return child;
  }

  /** Does this as well when the stage closes. */
  atEnd(end) {
    this.#ends.push(end);
  }

  log(name) {
    return readFileSync(path.join(this.folder, `${name}.log`), 'utf8');
  }

  async api(method, route, body, token) {
    const headers = { ...(body && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`${this.http}/api/v1${route}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** The operator's command, at the server that runs. */
  admin(...args) {
    execFileSync(path.join(bin, 'klieg-server'), ['admin', '--config', path.join(this.folder, 'klieg.toml'), '--data', this.folder, ...args]);
  }

  /** Signs a creator up and makes a stream key. */
  async creator(handle, title = `${handle}'s show`) {
    const password = 'correct horse';
    await this.api('POST', '/accounts', { handle, email: `${handle}@example.org`, password });
    const { access_token: token } = await this.api('POST', '/sessions', { login: handle, password });
    await this.api('PATCH', '/me/channel', { title, category: 'Music' }, token);
    const { key } = await this.api('POST', '/me/stream-keys', undefined, token);
    return { handle, password, token, key };
  }

  /** A minute of flashes and beeps as a file. */
  clip() {
    const file = path.join(this.folder, 'clip.mp4');
    const arguments_ = ['-v', 'error', '-f', 'lavfi', '-i', PICTURE, '-f', 'lavfi', '-i', SOUND, '-t', '60'];
    execFileSync('ffmpeg', [...arguments_, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', file]);
    return file;
  }

  /** ffmpeg by RTMP. */
  ffmpeg(key, { name = 'ffmpeg', bFrames = 0 } = {}) {
    return this.run('ffmpeg', name, [
      '-hide_banner', '-loglevel', 'warning', '-re', '-f', 'lavfi', '-i', PICTURE, '-re', '-f', 'lavfi', '-i', SOUND,
      '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-b:v', '1200k', '-g', '30', '-bf', `${bFrames}`,
      '-c:a', 'aac', '-b:a', '128k', '-f', 'flv', `rtmp://${this.rtmp}/live/${key}`,
    ]);
  }

  /** Klieg's engine with a show: text of a show file. */
  engine(show, { name = 'engine' } = {}) {
    const file = path.join(this.folder, `${name}.toml`);
    writeFileSync(file, show);
    return this.run('klieg-engine', name, ['run', file]);
  }

  /** The engine by WHIP, with its clock over these sources: a name and the text of each. */
  clock(key, sources) {
    const all = Object.entries(sources);
    return this.engine(`
      [canvas]
      width = 640
      height = 360
      [video]
      bitrate = 1500
      [overlays]
      clock = true
      ${all.map(([name, text]) => `[[sources]]\nname = "${name}"\n${text}`).join('\n')}
      ${all.map(([name]) => `[[scene]]\nsource = "${name}"`).join('\n')}
      [[outputs]]
      kind = "whip"
      url = "${this.http}/whip"
      key = "${key}"
    `);
  }

  async untilLive(handle, ...renditions) {
    return until(`${handle} live with ${renditions}`, async () => {
      const { live } = await this.api('GET', `/channels/${handle}`);
      return live && renditions.every((name) => live.renditions.some((rendition) => rendition.name === name)) && live;
    });
  }

  /** A browser of this stage. */
  async browser() {
    this.chromium = await chromium.launch({
      executablePath: process.env.KLIEG_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--disable-quic',
      ],
    });
    return this.chromium;
  }

  async close() {
    await this.chromium?.close();
    for (const child of this.#children) child.kill('SIGKILL');
    for (const end of this.#ends) await end();
    await Promise.all(this.#children.map((child) => child.exitCode ?? child.signalCode ?? new Promise((done) => child.once('exit', done))));
    // Programs that those had started may still be writing into it.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
