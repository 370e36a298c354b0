// A creator records from the studio's bar: pauses, splits, marks, saves a replay. The server keeps the markers of a broadcast.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { Stage, becomes, until } from './stage.mjs';
import { Studio, keep, openInterface } from './studio.mjs';

const probe = (file) => {
  const asked = ['-v', 'error', '-show_format', '-show_chapters', '-of', 'json', file];
  const { format, chapters } = JSON.parse(execFileSync('ffprobe', asked, { encoding: 'utf8' }));
  return { seconds: Number(format.duration), chapters: chapters.map(({ tags }) => tags.title) };
};

test('a recording is paused, split and marked, and a replay saved, from the bar', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  const studio = await Studio.open(stage);
  const scene = await until('a scene', () => studio.state?.collection.scenes[0].name);
  const recording = () => studio.state.recording;
  await studio.command({ command: 'welcomed' });
  await studio.edit({ edit: 'set_canvas', canvas: { width: 320, height: 180, fps: 30 } });
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'test', name: 'Ball', pattern: 'ball' } });
  await studio.edit({ edit: 'add_source', scene, source: { kind: 'tone', name: 'Tone' } });

  const { page, problems } = await openInterface(stage, studio, { width: 1000, height: 640, theme: 'light' });
  const button = (name) => page.getByRole('button', { name, exact: true });
  const choose = async (name) => {
    await button('Recording, replay and markers').click();
    await page.getByRole('menuitem', { name }).or(page.getByRole('menuitemradio', { name })).click();
  };

  // Nothing is recorded and nobody is live: there is nothing to mark.
  await button('Record').waitFor();
  assert.equal(await button('Mark this moment').count(), 0);
  await choose(/Keep the last/);
  await until('the replay buffer', () => studio.state.replay?.held > 1);
  await button('Record').click();
  await until('the recording', () => recording()?.recorded > 1_000);
  await page.getByText(/^Writing for \d+:\d\d$/).first().waitFor();
  await page.getByText(/^\d+ % busy$/).first().waitFor();

  await button('Pause the recording').click();
  await until('the pause', () => recording().paused);
  await page.getByText('Paused').first().waitFor();
  // What was written last may be told a moment later.
  await until('the time stands still', async () => {
    const { recorded } = recording();
    await page.waitForTimeout(1_500);
    return recording().recorded === recorded;
  });
  const { recorded } = recording();
  await keep(page, 'recording-paused-light');
  await button('Go on recording').click();
  await until('it goes on', () => recording().recorded > recorded + 800);

  // It is said for some seconds only.
  const mark = (words) => Promise.all([page.getByText(words).waitFor(), button('Mark this moment').click()]);
  await mark('Marked in the recording.');
  await choose(/Mark with a text/);
  await until('the keyboard in its field', () => page.evaluate(() => /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName)));
  await page.keyboard.type('The goal');
  await page.waitForTimeout(1_000);
  await page.keyboard.press('Enter');
  await until('both markers', () => recording().markers === 2);
  await choose(/Go on in another file/);
  await until('the second file', () => recording().part === 2);
  const second = recording().file;
  await button('Save replay').click();
  const replay = await until('the replay', () => studio.state.replay.last);
  await keep(page, 'recording-light');
  await button('Stop recording').click();
  await until('the end', () => !recording());
  await button('Record').waitFor();
  // Its folder is shown by the studio's own window, which this is not.
  const kept = page.locator('.log li', { hasText: 'The recording is in' });
  await Promise.all([page.getByText('own window only').first().waitFor(), kept.getByRole('button', { name: 'Show it' }).click()]);

  const first = second.replace(' part 02', '');
  const chapters = () => [first, second, replay].map((file) => probe(file).chapters);
  await becomes([['Marker 1', 'The goal'], [], []], chapters, 'the files are whole');
  await until('the replay is as long as it was kept', () => probe(replay).seconds > 1.5);

  // On the server that the creator is signed in to, a marker is a chapter of the broadcast.
  await studio.command({ command: 'sign_in', server: stage.http, login: 'ada', password: ada.password });
  await studio.command({ command: 'go_live', announcement: { title: 'Friday' } });
  await until('live', () => studio.state.show.is === 'live', 40_000);
  await mark('Marked on your broadcast.');
  const { live } = await stage.api('GET', '/channels/ada');
  assert.equal(live.chapters.length, 1);
  await keep(page, 'recording-live-light');

  // How many watch stands beside the chat; the creator is none of them.
  const audience = () => page.locator('.audience dd').innerText();
  await until('nobody watches yet', async () => (await audience()) === '0');
  const viewer = await stage.chromium.newPage();
  await viewer.goto(`${stage.http}/ada`);
  await until('one watches', async () => (await audience()) === '1');
  await studio.command({ command: 'end_show' });
  assert.deepEqual(problems, []);
});
