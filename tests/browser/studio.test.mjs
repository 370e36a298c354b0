// A creator goes live from the studio and changes scenes; a viewer in Chromium sees it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import WebSocket from 'ws';
import { Stage, until } from './stage.mjs';

/** The studio without its window, spoken to as other programs speak to it. */
class Studio {
  #asked = new Map();

  static async open(stage) {
    const home = path.join(stage.folder, 'studio');
    const program = process.env.KLIEG_STUDIO;
    if (!program) throw new Error('KLIEG_STUDIO is not set: it names the studio (make test sets it)');
    const child = stage.run(program, 'studio', ['--headless'], { KLIEG_STUDIO_HOME: home, KLIEG_STUDIO_REMOTE: '1' });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    const ready = await until('the studio is ready', () => said.match(/ready remote=(\S+) token-file=(\S+)/));
    const { url, token } = JSON.parse(readFileSync(ready[2], 'utf8'));
    const studio = new Studio();
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
    const id = Math.random();
    const answer = new Promise((done, fail) => this.#asked.set(id, { done, fail }));
    this.socket.send(JSON.stringify({ id, invoke: 'command', args: { command } }));
    return answer;
  }

  edit(edit) {
    return this.command({ command: 'edit', ...edit });
  }
}

/** The colour in the middle of the viewer's picture. */
const colour = (page) => page.evaluate(() => {
  const video = document.querySelector('[data-testid="player"]');
  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 8, 8);
  const [red, green, blue] = context.getImageData(4, 4, 1, 1).data;
  return { red, green, blue };
});

test('a show from the studio is watched, and a viewer sees its scenes change', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  const studio = await Studio.open(stage);
  const scene = await until('a scene', () => studio.state?.collection.scenes[0].name);
  await studio.edit({ edit: 'set_canvas', canvas: { width: 640, height: 360, fps: 30 } });
  await studio.edit({ edit: 'add_scene', name: 'Blue' });
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'colour', name: 'red ground', colour: '#ff0000' } });
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'tone', name: 'tone' } });
  await studio.edit({ edit: 'add_source', scene: 'Blue', source: { kind: 'colour', name: 'blue ground', colour: '#0000ff' } });
  await studio.command({
    command: 'set_destination',
    destination: { id: 'klieg', name: 'Klieg', kind: 'whip', url: `${stage.http}/whip`, enabled: true },
    key: ada.key,
  });
  await studio.command({ command: 'go_live', announcement: { title: 'Two colours' } });
  await until('the studio says that it is live', () => studio.state.show.is === 'live', 30_000);
  await stage.untilLive('ada', 'source');

  const browser = await stage.browser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${stage.http}/ada`);
  await until('the first scene', async () => {
    const { red, blue } = await colour(page);
    return red > 180 && blue < 80;
  }, 40_000);
  await studio.command({ command: 'show_scene', scene: 'Blue' });
  await until('the second scene', async () => {
    const { red, blue } = await colour(page);
    return blue > 180 && red < 80;
  });
  assert.equal(studio.state.on_air, 'Blue');
  assert.equal(studio.state.outputs[0].state.is, 'live');

  await studio.command({ command: 'end_show' });
  await until('the show is over', () => studio.state.show.is === 'off');
  await until('nobody is live', async () => (await stage.api('GET', '/channels/ada')).live === null, 40_000);
});
