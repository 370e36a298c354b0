// People in a room, in the browser: how they come in, what they see and say.

import WebSocket from 'ws';
import { cable } from './cable.mjs';
import { until } from './stage.mjs';

export async function visitor(browser, errors, options = {}) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', ...options })).newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) errors.push(message.text());
  });
  return page;
}

export async function enter(page, http, { handle, password }, room) {
  await page.goto(`${http}/login`);
  await page.getByLabel('Handle or e-mail').fill(handle);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await until('logged in', async () => new URL(page.url()).pathname !== '/login');
  await page.goto(`${http}/${room}`);
  await joined(page);
}

export const joined = (page) => page.waitForSelector('[data-testid="chat"][data-link="joined"]', { timeout: 60_000 });
export const line = (page, text) => page.locator('[data-message]', { hasText: text });
export const lines = (page) => page.locator('[data-message] .line-text').allInnerTexts();

export async function say(page, text) {
  await page.getByTestId('chat-input').fill(text);
  await page.getByTestId('chat-input').press('Enter');
}

/** Asks a room for things past the browser, one after the other, as any program may. */
export async function ask(http, { token }, room, requests) {
  const socket = new WebSocket(`${http.replace('http', 'ws')}/api/v1/live`);
  const answers = new Map();
  socket.on('message', (text) => {
    const frame = JSON.parse(text);
    answers.get(frame.id)?.(frame);
  });
  await new Promise((opened, failed) => socket.on('open', opened).on('error', failed));
  let id = 0;
  for (const request of [{ do: 'authenticate', token }, { do: 'join', room }, ...requests.map((request) => ({ room, ...request }))]) {
    id += 1;
    const answer = new Promise((answered) => answers.set(id, answered));
    socket.send(JSON.stringify({ id, ...request }));
    const frame = await answer;
    if (frame.is === 'refused') throw new Error(`${JSON.stringify(request)}: ${JSON.stringify(frame.problem)}`);
  }
  socket.close();
}

/** The limits of a room in which [`flood`] may say what it says. */
export const ROOMY = 'room_messages = 100000\nroom_messages_of_all = 100000\n';
/** Requests that one connection may send at once, with room for those that come before. */
const AT_ONCE = 100;

/** Says so many things past the browser, faster than anybody reads: `number FIRST`, ... */
export async function flood(stage, people, room, count, first = 0) {
  const texts = Array.from({ length: count }, (_, number) => `number ${first + number} of many`);
  const says = texts.map((text, number) => ({ do: 'say', text, nonce: `flood${first + number}` }));
  const shares = Array.from({ length: Math.ceil(count / AT_ONCE) }, (_, share) => says.slice(share * AT_ONCE, (share + 1) * AT_ONCE));
  await Promise.all(shares.map((share, at) => ask(stage.http, people[at % people.length], room, share)));
}

/** Opens what can be done about a message. What is said meanwhile moves it away from under the pointer. */
export async function tool(page, text, name) {
  await until(`${name} of “${text}”`, async () => {
    await line(page, text).hover();
    await line(page, text).getByRole('button', { name, exact: true }).click({ timeout: 2_000 });
    return true;
  });
}

/** Bans somebody where that is at hand: what it does is said first, and a press that comes too soon belongs to the first. */
export async function ban(where, name, reason = '') {
  const button = where.getByRole('button', { name: `Ban ${name}` });
  const form = where.getByTestId('judgement');
  await button.click();
  await form.getByText('deleted for good').waitFor();
  await form.getByRole('textbox').fill(reason);
  await until(`${name} is banned`, async () => {
    if ((await form.count()) > 0) await button.click({ timeout: 1_000 }).catch(() => {});
    return (await form.count()) === 0;
  });
}

export async function people(stage) {
  return [await stage.creator('ada', 'Looms and engines'), await stage.creator('bob'), await stage.creator('cleo')];
}

/** Two in a room where something was said, the first by a wire that can be cut. */
export async function apart(stage, errors) {
  const browser = await stage.browser();
  const [, bob, cleo] = await people(stage);
  const wire = await cable(stage);
  const [one, two] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(one, wire.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  await say(two, 'before');
  await line(one, 'before').waitFor();
  return { wire, one, two };
}
