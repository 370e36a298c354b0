// Every screen of the studio's interface, over the real studio, opened by a person's clicks: it is there, fits, and nothing breaks.
// With KLIEG_SCREENSHOTS each is kept as a picture.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { enter, joined, line, say, visitor } from './room.mjs';
import { Stage, until } from './stage.mjs';
import { Studio, dress, openInterface } from './studio.mjs';

const PAGES = ['Destinations', 'Encoding', 'Canvas', 'Recording', 'Transition', 'Collections', 'Profiles', 'Hotkeys', 'Account', 'Remote control'];

for (const [theme, width, height] of [['dark', 1440, 900], ['light', 1000, 640]]) {
  test(`every screen of the studio opens, ${theme}, ${width} x ${height}`, async () => {
    const stage = await Stage.open();
    after(() => stage.close());
    const [ada, bob] = [await stage.creator('ada'), await stage.creator('bob')];
    const studio = await Studio.open(stage);
    const { page, problems } = await openInterface(stage, studio, { width, height, theme });

    const fits = async (name) => {
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wider <= 0, `${name} is ${wider} pixels wider than the window`);
    };
    const keep = async (name, what = page) => {
      await fits(name);
      if (!process.env.KLIEG_SCREENSHOTS) return;
      await page.waitForTimeout(700);
      await what.screenshot({ path: path.join(process.env.KLIEG_SCREENSHOTS, `studio-${name}-${theme}.png`) });
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
    await page.getByRole('button', { name: 'Filters of Voice' }).click();
    await page.getByRole('dialog').waitFor();
    await keep('filters');
    await page.keyboard.press('Escape');
    await studio.edit({ edit: 'add_source', scene: 'Stage', source: { kind: 'screen-cast', name: 'Shared screen' } });
    await page.locator('.items .row-main', { hasText: 'Shared screen' }).press('Enter');
    await page.getByRole('button', { name: 'Choose a screen or window' }).waitFor();
    await keep('shared-screen');
    await page.keyboard.press('Escape');
    await studio.edit({ edit: 'remove_source', name: 'Shared screen' });

    await page.getByRole('button', { name: 'Settings', exact: true }).last().click();
    for (const name of PAGES) {
      await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name }).click();
      await page.getByRole('region', { name, exact: true }).waitFor();
      await keep(`settings-${name.toLowerCase().replace(' ', '-')}`);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Go live' }).click();
    await page.getByText('Before you go live').waitFor();
    await keep('go-live');
    await page.getByLabel('Title').fill('Late evening songs');
    await page.getByRole('dialog').getByRole('button', { name: 'Go live' }).click();
    await until('the studio is live', () => studio.state.show.is === 'live', 30_000);
    await stage.untilLive('ada', 'source');
    await keep('live');

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
    await page.getByRole('dialog').getByRole('button', { name: 'End show' }).click();
    await until('the show is over', () => studio.state.show.is === 'off');
    assert.deepEqual(problems, []);
  });
}
