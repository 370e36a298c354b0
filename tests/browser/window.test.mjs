// A creator's first evening, by mouse and keyboard in the real window: the first questions, a scene, live, another scene, the end.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { ask } from './room.mjs';
import { contrast, sevenths } from './senses.mjs';
import { Stage, until } from './stage.mjs';
import { Window } from './window.mjs';

test('somebody opens the studio for the first time and is live', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  const window = await Window.open(stage);

  // Where to.
  await window.says('Where do you broadcast?', 60_000);
  await window.keep('1-where-to');
  await window.type('Server', stage.http);
  await window.type('Handle or email address', 'ada');
  await window.type('Password', 'not the password');
  await window.press('Sign in');
  await window.says('Check your handle or e-mail address and your password.');
  await window.type('Password', ada.password);
  await window.press('Sign in');
  await window.press('Next');

  // What to show: the screen that this very window stands on.
  await window.tick(`X11 display ${window.display.slice(1)}`);
  await window.keep('2-sources');
  await window.press('Add and go on');

  // How to send: every encoder has encoded, the upload has carried bytes.
  await window.says('Proposed:', 90_000);
  await window.says('Measure again', 40_000);
  await window.keep('3-encoder');
  await window.press('Use this and open the studio');

  // A second scene, of a test picture.
  await window.press('Add a scene');
  await window.press('Add a source');
  await window.press('Test picture');
  await window.choose('Pattern', 'Colour bars');
  await window.keep('4-a-source');
  await window.press('Close');

  await window.press('Go live');
  // What the server knows is in the form.
  await window.says('Once a show, and not of one that only you may watch');
  await window.type('Title', 'The first evening');
  await window.keep('5-go-live');
  await window.press('Go live', '//dialog');
  await window.says('Live', 40_000);
  await stage.untilLive('ada', 'source');
  assert.equal((await stage.api('GET', '/channels/ada')).title, 'The first evening');

  const browser = await stage.browser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${stage.http}/ada`);
  // White, yellow, cyan, green, magenta, red, blue; the screen shows the window with its bright parts.
  const bars = async () => (await sevenths(page)) === '111 110 011 010 101 100 001';
  await until('the test picture', bars, 40_000);
  await window.press('Scene', '//*[contains(@class, "scenes")]');
  await until('the screen', async () => !(await bars()) && (await contrast(page)) > 60);
  await window.keep('6-live');

  await window.press('End show');
  await window.press('End show', '//dialog');
  await until('nobody is live', async () => (await stage.api('GET', '/channels/ada')).live === null, 40_000);
  await window.close();
});

test('what is linked to in the chat opens in the system\'s browser', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const [ada, bob] = [await stage.creator('ada'), await stage.creator('bob')];
  // What the system opens pages with notes them, one a line.
  const bin = path.join(stage.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'xdg-open'), '#!/bin/sh\nprintf \'%s\\n\' "$1" >> "$(dirname "$0")/opened"\n', { mode: 0o755 });
  const opened = () => readFileSync(path.join(bin, 'opened'), 'utf8').split('\n').slice(0, -1);
  const window = await Window.open(stage, { PATH: `${bin}:${process.env.PATH}` });
  await window.says('Where do you broadcast?', 60_000);
  await window.type('Server', stage.http);
  await window.type('Handle or email address', 'ada');
  await window.type('Password', ada.password);
  await window.press('Sign in');
  await window.press('Next');
  await window.press('Skip all of this');

  await ask(stage.http, bob, 'ada', [{ do: 'say', text: 'For @ada: https://klieg.example/a?b=c', nonce: 'n1' }]);
  await window.press('https://klieg.example/a?b=c');
  await until('the page', () => opened().length === 1);
  await window.press('@ada');
  await until('the channel', () => opened().length === 2);
  assert.deepEqual(opened(), ['https://klieg.example/a?b=c', `${stage.http}/ada`]);
  assert.equal(await window.run('return location.origin'), 'tauri://localhost');
  await window.close();
});
