// A studio in which nothing is yet, for the tests of what is set there.

import { after } from 'node:test';
import { Stage, until } from './stage.mjs';
import { Studio, openInterface } from './studio.mjs';

/** A studio with an empty scene, and its interface. */
export async function openEmpty(env) {
  const stage = await Stage.open();
  after(() => stage.close());
  const studio = await Studio.open(stage, env);
  const scene = await until('a scene', () => studio.state?.collection.scenes[0].name);
  await studio.command({ command: 'welcomed' });
  await studio.edit({ edit: 'set_canvas', canvas: { width: 640, height: 360, fps: 30 } });
  const { page, problems } = await openInterface(stage, studio);
  const dialog = page.getByRole('dialog');
  /** Opens the form of a source from its row. */
  const openForm = async (name) => {
    await page.locator('.items .row-main', { has: page.getByText(name, { exact: true }) }).press('Enter');
    await dialog.getByRole('heading', { name, exact: true }).waitFor();
  };
  return { stage, studio, scene, page, problems, dialog, openForm };
}
