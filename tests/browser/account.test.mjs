// One's own account and the lists that go on: small things of the pages that only a browser shows.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Stage, becomes, until } from './stage.mjs';

async function logIn(page, stage, { handle, password }) {
  await page.goto(`${stage.http}/login`);
  await page.getByLabel('Handle or e-mail').fill(handle);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await until('logged in', async () => new URL(page.url()).pathname !== '/login');
}

/** Ada's settings, open in a page. */
async function settings() {
  const stage = await Stage.open();
  after(() => stage.close());
  const page = await (await stage.browser()).newPage();
  const ada = await stage.creator('ada');
  await logIn(page, stage, ada);
  await page.goto(`${stage.http}/settings`);
  return { stage, page, ada };
}

test('a change of address asks for the password, and only then', async () => {
  const { stage, page, ada } = await settings();
  await page.locator('#email').waitFor();
  await becomes(0, () => page.locator('#email_password').count());

  await page.locator('#email').fill('ada@example.com');
  await page.locator('#email_password').fill('not this one');
  await page.getByRole('button', { name: 'Change e-mail' }).click();
  await page.locator('#email_password-note[role=alert]').waitFor();
  assert.equal((await stage.api('GET', '/me', undefined, ada.token)).email, 'ada@example.org');

  await page.locator('#email_password').fill(ada.password);
  await page.getByRole('button', { name: 'Change e-mail' }).click();
  await page.locator('#email_password').waitFor({ state: 'detached' });
  assert.equal((await stage.api('GET', '/me', undefined, ada.token)).email, 'ada@example.com');
});

test('a name and some words about oneself are what others see', async () => {
  const { stage, page, ada } = await settings();
  const form = page.locator('form', { has: page.locator('#about') });
  const save = async (name, about) => {
    await form.locator('#display_name').fill(name);
    await form.locator('#about').fill(about);
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await until('saved', async () => {
      const channel = await stage.api('GET', '/channels/ada');
      return (channel.display_name ?? '') === name && channel.about === about;
    });
  };
  const about = 'Weaves <b>algebraic</b> patterns.';
  await save('Ada Lovelace', about);
  await page.locator('.profile-head').getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
  await page.reload();
  await until('kept', async () => (await form.locator('#display_name').inputValue()) === 'Ada Lovelace');
  await becomes(about, () => form.locator('#about').inputValue());

  const other = await stage.chromium.newPage();
  await other.goto(`${stage.http}/ada`);
  await other.getByRole('heading', { name: 'About Ada Lovelace' }).waitFor();
  await other.getByText(about, { exact: true }).waitFor();

  await save('', about);
  await page.locator('.profile-head').getByRole('heading', { name: 'ada', exact: true }).waitFor();
});

test('who does not want to be listed in chats says so once', async () => {
  const { stage, page, ada } = await settings();
  const panel = page.getByTestId('privacy');
  const check = panel.getByRole('checkbox', { name: /^Show my name/ });
  await until('everybody is listed at first', () => check.isChecked());
  await check.uncheck();
  await panel.getByRole('button', { name: 'Save', exact: true }).click();
  await until('saved', async () => (await stage.api('GET', '/me', undefined, ada.token)).listed === false);
  await page.reload();
  await check.waitFor();
  await until('kept', async () => !(await check.isChecked()));
});

test('a token for a bot is shown once, works within its scopes, and ends when it is deleted', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const page = await (await stage.browser()).newPage({ viewport: { width: 360, height: 740 } });
  const ada = await stage.creator('ada');
  await logIn(page, stage, ada);
  await page.goto(`${stage.http}/settings`);
  const panel = page.getByTestId('api-tokens');
  await panel.getByTestId('new-token').click();
  await panel.getByRole('button', { name: 'Make token' }).click();
  await panel.locator('#token_name-note[role=alert]').waitFor();
  await panel.getByLabel('Name', { exact: true }).fill('Title bot');
  await panel.getByLabel('Expires').selectOption('30');
  await panel.getByLabel('Current password').fill(ada.password);
  await panel.getByRole('checkbox', { name: /^room:write/ }).uncheck();
  await panel.getByRole('checkbox', { name: /^channel:write/ }).check();
  await panel.getByRole('button', { name: 'Make token' }).click();
  const token = (await panel.getByTestId('api-token').textContent()).trim();
  assert.match(token, /^klieg_api_/);
  await panel.getByText('room:read, channel:write').waitFor();

  const changed = await stage.api('PATCH', '/me/channel', { title: 'By a bot' }, token);
  assert.equal(changed.title, 'By a bot');
  await assert.rejects(stage.api('GET', '/me', undefined, token), /insufficient-scope.*channel:read/);

  await page.reload();
  await panel.getByText('Title bot').waitFor();
  assert.ok(!(await page.content()).includes(token), 'the token is shown a second time');
  const { scroll, width } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
  assert.ok(scroll <= width, `the settings are ${scroll} px wide on a screen of ${width}`);

  await panel.getByRole('button', { name: 'Delete the token Title bot' }).click();
  await panel.getByRole('button', { name: 'Keep it' }).click();
  await panel.getByRole('button', { name: 'Delete the token Title bot' }).click();
  await panel.getByRole('button', { name: 'Delete token', exact: true }).click();
  await panel.getByText('Title bot').waitFor({ state: 'detached' });
  await assert.rejects(stage.api('GET', '/channels/ada', undefined, token), /401/);
});

test('a list goes on at the press of a button, and says when it cannot', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const page = await (await stage.browser()).newPage();
  const password = 'correct horse';
  for (let n = 10; n < 40; n++) {
    await stage.api('POST', '/accounts', { handle: `person${n}`, email: `person${n}@example.org`, password });
  }
  await page.goto(`${stage.http}/search?q=person`);
  const cards = page.getByTestId('channel-card');
  await until('the first page', async () => (await cards.count()) === 24);

  await page.route(/cursor=/, (route) => route.abort());
  await page.getByTestId('show-more').click();
  await page.getByRole('alert').waitFor();
  await page.unroute(/cursor=/);
  await page.getByTestId('show-more').click();
  await until('everybody', async () => (await cards.count()) === 30);
  await becomes([0, 0], async () => [await page.getByTestId('show-more').count(), await page.getByRole('alert').count()]);
});

test('addresses say only what there is to say', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const page = await (await stage.browser()).newPage();
  await page.goto(stage.http);
  const go = async (name, pathname) => {
    await page.getByRole('link', { name, exact: true }).first().click();
    await until(name, async () => new URL(page.url()).pathname === pathname);
    return new URL(page.url()).search;
  };
  assert.equal(await go('Sign up', '/signup'), '');
  assert.equal(await go('Log in', '/login'), '');
  assert.equal(await go('Klieg, home', '/'), '');
  await page.goto(`${stage.http}/search?q=ada`);
  assert.equal(await go('Log in', '/login'), '?next=/search?q=ada');
});
