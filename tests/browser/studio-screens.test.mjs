// The screens of the studio's interface from the first start to the end of a show, over the real studio, opened by a person's clicks:
// each is there, fits, and nothing breaks. The forms are in studio-forms, what is empty or goes wrong in studio-states.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enter, joined, line, say, visitor } from './room.mjs';
import { Stage, until } from './stage.mjs';
import { Studio, dress, fits, keep as kept, openInterface } from './studio.mjs';

const PAGES = ['Destinations', 'Encoding', 'Canvas', 'Sound', 'Recording', 'Transition', 'Collections', 'Profiles', 'Hotkeys', 'Account', 'Remote control'];

for (const [theme, width, height] of [['dark', 1440, 900], ['light', 1000, 640]]) {
  test(`the studio's screens open, ${theme}, ${width} x ${height}`, async () => {
    const stage = await Stage.open();
    after(() => stage.close());
    const [ada, bob] = [await stage.creator('ada'), await stage.creator('bob')];
    const studio = await Studio.open(stage);
    const { page, problems } = await openInterface(stage, studio, { width, height, theme });

    const keep = async (name, part = page) => {
      await fits(page, name);
      await kept(part, `${name}-${theme}`);
    };
    const button = (name) => page.getByRole('button', { name, exact: true });
    const [menu, dialog] = [page.locator('.menu'), page.getByRole('dialog')];
    const menuOf = async (name, opener) => {
      await opener.click();
      await menu.waitFor();
      await keep(name, menu);
      await page.keyboard.press('Escape');
      await menu.waitFor({ state: 'detached' });
    };

    // The first questions.
    await page.getByText('Where do you broadcast?').waitFor();
    await keep('welcome-place');
    await page.getByLabel('Server', { exact: true }).fill(stage.http);
    await page.getByLabel('Handle or email address').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill(ada.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('What shall your first scene show?').waitFor();
    await keep('welcome-sources');
    await page.getByRole('button', { name: 'Start with an empty scene' }).click();
    await page.getByText('Measure again').waitFor({ timeout: 120_000 });
    await page.getByText('Proposed:').waitFor();
    await keep('welcome-encoder');
    await page.getByRole('button', { name: 'Use this and open the studio' }).click();
    await page.getByText('shows nothing yet').waitFor();
    await keep('empty');

    await dress(studio);
    await page.getByRole('button', { name: 'Camera' }).first().waitFor();
    const picture = page.locator('.monitor canvas').first();
    await until('a picture', () => picture.evaluate((canvas) => canvas.closest('[data-shown="true"]') ?? canvas.dataset.shown === 'true'), 40_000);
    await page.locator('.items .row-main', { hasText: 'Camera' }).click();
    await keep('arranging');
    await page.getByRole('button', { name: 'Add a source' }).click();
    await page.getByRole('menuitem', { name: 'Microphone' }).waitFor();
    await keep('add-a-source');
    await page.keyboard.press('Escape');
    await page.locator('.items .row-main', { hasText: 'Lights' }).dblclick();
    await page.keyboard.press('Escape');
    await button('Filters of Voice').click();
    await page.getByText('No filter yet. For a voice').waitFor();
    await keep('filters');
    await page.keyboard.press('Escape');
    await page.locator('.items .row', { hasText: 'Camera' }).hover();
    await menuOf('menu-of-a-source', button('More for Camera'));
    await menuOf('menu-of-a-sound', button('Who hears Voice'));

    // What comes next stands beside what is on air.
    await page.getByRole('button', { name: 'Studio mode' }).click();
    await until('studio mode', () => studio.state.preview);
    // What a click on a scene does depends on what the page knows, which follows the studio a moment later.
    await page.locator('.take').waitFor();
    await page.locator('.scenes .row-main', { hasText: 'Break' }).click();
    await until('the preview', () => studio.state.preview === 'Break');
    await keep('studio-mode');
    await menuOf('menu-of-a-transition', button('Transition'));
    await studio.command({ command: 'show_scene', scene: 'Stage' });
    await page.getByRole('button', { name: 'Studio mode' }).click();
    await until('one picture again', () => !studio.state.preview);

    await studio.command({ command: 'set_hotkey', action: { does: 'show' }, keys: 'Ctrl+Alt+L' });
    await studio.command({ command: 'set_hotkey', action: { does: 'record' }, keys: 'F9' });
    await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
    for (const name of PAGES) {
      await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name }).click();
      await page.getByRole('region', { name, exact: true }).waitFor();
      await keep(`settings-${name.toLowerCase().replace(' ', '-')}`);
    }
    // This studio was started with remote control, which is on whatever the switch says.
    await page.getByText('on whatever the switch says').waitFor();
    await page.getByRole('switch', { name: /Let other programs/ }).click();
    await until('remote control', () => studio.state.profile.remote);
    await page.getByText('on whatever the switch says').waitFor({ state: 'detached' });
    await page.getByText('ws://127.0.0.1').waitFor();
    await keep('settings-remote-control');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Go live' }).click();
    await page.getByText('Before you go live').waitFor();
    // What one comes for is typed at once.
    await until('the focus is on the title', () => page.getByLabel('Title').evaluate((field) => field === document.activeElement));
    await keep('go-live');
    await page.getByLabel('Title').fill('Late evening songs');
    await dialog.getByRole('button', { name: 'Go live' }).click();
    await until('the studio is live', () => studio.state.show.is === 'live');
    await stage.untilLive('ada', 'source');
    for (const command of ['start_replay', 'start_recording']) await studio.command({ command });
    await until('what is kept', () => studio.state.recording?.recorded > 2_000 && studio.state.replay?.held > 1, 40_000);
    // Nothing selected: health stands at the top.
    await page.locator('.overlay').press('Escape');
    await page.getByRole('heading', { name: 'Lights' }).waitFor({ state: 'detached' });
    await keep('live');
    await button('Recording, replay and markers').click();
    await menu.waitFor();
    await keep('menu-of-a-recording', menu);
    await page.getByRole('menuitem', { name: /^Mark with a text/ }).click();
    await until('the keyboard in its field', () => page.evaluate(() => /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName)));
    await page.keyboard.type('The encore');
    await keep('marker', dialog);
    await page.keyboard.press('Escape');
    for (const command of ['stop_recording', 'stop_replay']) await studio.command({ command });
    await until('nothing is kept', () => !studio.state.recording && !studio.state.replay);

    const viewer = await visitor(stage.chromium, problems);
    await enter(viewer, stage.http, bob, 'ada');
    await joined(page);
    await say(viewer, 'Which key was that in?');
    await line(page, 'Which key').waitFor();
    await say(page, 'E flat');
    await line(viewer, 'E flat').waitFor();
    await keep('chat', page.locator('.dock-chat'));
    await viewer.close();
    await page.getByRole('button', { name: 'End show' }).click();
    await page.getByText('End the show?').waitFor();
    await keep('end-the-show');
    await dialog.getByRole('button', { name: 'End show' }).click();
    await until('the show is over', () => studio.state.show.is === 'off');
    assert.deepEqual(problems, []);
  });
}
