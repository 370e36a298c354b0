// A window of another program and a web page come into a scene by the studio's interface.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { display, program } from './desktop.mjs';
import { Stage, until } from './stage.mjs';
import { Studio, openInterface } from './studio.mjs';

/** A page whose right half is green and whose left half is clear; and how often it was asked for. */
async function overlay() {
  const seen = { visits: 0 };
  const server = http.createServer((_, answer) => {
    seen.visits += 1;
    const half = 'position: absolute; inset: 0 0 0 50%; background: #0f0';
    answer.writeHead(200, { 'content-type': 'text/html' });
    answer.end(`<!doctype html><body style="margin: 0"><div style="${half}"></div>`);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => server.close());
  seen.address = `http://127.0.0.1:${server.address().port}/overlay/secret`;
  return seen;
}

test('a window and a web page are chosen, seen, lost and back', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const DISPLAY = await display();
  const opened = program(DISPLAY);
  const studio = await Studio.open(stage, { DISPLAY });
  await until('the window is listed', () => studio.state?.devices.windows.length === 1, 40_000);
  await studio.command({ command: 'welcomed' });
  const { page, problems } = await openInterface(stage, studio, { width: 1000, height: 640 });
  const add = async (kind) => {
    await page.getByRole('button', { name: 'Add a source' }).click();
    await page.getByRole('menuitem', { name: new RegExp(`^${kind}`) }).click();
  };
  const is = (name, state) => studio.state.sources[name]?.is === state;
  /** Waits until the middles of the picture's left and right half have these colours: red, green, blue, bright or dark. */
  const shows = (what, left, right) =>
    until(what, () =>
      page.locator('.monitor canvas').first().evaluate((canvas, [left, right]) => {
        const at = (x) => [...canvas.getContext('2d').getImageData(canvas.width * x, canvas.height / 2, 1, 1).data].slice(0, 3);
        const fits = (pixel, wanted) => pixel.every((value, index) => (wanted[index] ? value > 180 : value < 80));
        return fits(at(0.25), left) && fits(at(0.75), right);
      }, [left, right]), 40_000);
  const [red, green, dark] = [[1, 0, 0], [0, 1, 0], [0, 0, 0]];

  await add('Window');
  await until('the window is live', () => is('Window', 'live'), 40_000);
  await page.getByRole('button', { name: 'Done' }).click();
  await shows('the window', red, red);

  const server = await overlay();
  await add('Web page');
  await page.getByLabel('Address').fill(server.address);
  await page.getByRole('button', { name: 'Show this page' }).click();
  await until('the page is asked for', () => server.visits > 0);
  await until('the page is live', () => is('Web page', 'live'));
  const { visits } = server;
  await page.getByRole('button', { name: 'Load it again' }).click();
  await until('the page is asked for again', () => server.visits > visits);
  await until('the page is live', () => is('Web page', 'live'), 40_000);
  await page.getByRole('button', { name: 'Done' }).click();
  await shows('the page over the window', red, green);

  opened.kill();
  await until('the window is away', () => is('Window', 'restarting'), 40_000);
  await shows('the page over what stands for the window', dark, green);
  program(DISPLAY);
  await until('the window is back', () => is('Window', 'live'), 40_000);
  await shows('both again', red, green);
  assert.deepEqual(problems, []);
});
