// Who keeps the room in order, in the browser: filters and the shield, cards, reports, bans and appeals; and two moderators who see
// what the other does.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { ROOMY, ask, ban, enter, line, people, say, tool, visitor } from './room.mjs';
import { Stage, becomes, until } from './stage.mjs';

const shots = process.env.KLIEG_SCREENSHOTS;

/** Somebody who is banned asks to be heard again. */
async function appeal(page, words) {
  const form = page.getByTestId('appeal');
  const text = form.getByLabel('Why should you be let back?');
  await text.waitFor();
  await until('the appeal stands', async () => {
    // The connection that was closed is made again meanwhile.
    if (await form.getByText('You have appealed').isVisible()) return true;
    if ((await text.inputValue().catch(() => '')) === '') await text.fill(words, { timeout: 1_000 }).catch(() => {});
    await form.getByRole('button', { name: 'Appeal' }).click({ timeout: 1_000 }).catch(() => {});
    return false;
  });
}

/** Somebody tells the moderators of a message. */
async function report(page, text, who, reason) {
  await tool(page, text, 'More');
  await line(page, text).getByRole('button', { name: `Report ${who}` }).click();
  await page.getByLabel('What is wrong?').fill(reason);
  await page.getByRole('button', { name: 'Report', exact: true }).click();
  await page.getByText('The moderators will look at it.').waitFor();
}

test('the creator filters words and raises the shield', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  const [host, guest] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(host, stage.http, ada, 'ada');
  await enter(guest, stage.http, bob, 'ada');
  const word = host.getByLabel('Word or pattern');
  await host.getByTestId('chat-settings').click();
  await word.fill('/(/');
  await host.getByRole('button', { name: 'Add', exact: true }).click();
  await host.getByRole('alert').filter({ hasText: 'no regular expression' }).waitFor();
  await word.fill('spam*');
  await host.getByRole('button', { name: 'Add', exact: true }).click();
  await host.getByTestId('chat-filters').getByText('spam*').waitFor();
  await word.fill('idiot');
  await host.getByRole('radio', { name: 'Refuse' }).check({ force: true });
  await host.getByRole('button', { name: 'Add', exact: true }).click();
  await host.getByTestId('chat-filters').getByText('idiot').waitFor();
  if (shots) await host.screenshot({ path: path.join(shots, 'chat-filters.png') });

  await say(guest, 'S P A M for all');
  await guest.getByText('A moderator looks at it').waitFor();
  await say(guest, 'what an 1d10t');
  await guest.getByText('The moderators do not want this said here').waitFor();
  await host.getByText('1 message waits for you').click();
  await host.getByText('Caught by the filter “spam*”').waitFor();
  await host.getByRole('button', { name: 'Show', exact: true }).click();
  await line(guest, 'S P A M for all').waitFor();

  await say(host, '/shield');
  await guest.getByText('Newcomers can read').waitFor();
  await say(guest, 'and I?');
  await guest.getByText('closed to newcomers for a while').waitFor();
  if (shots) await guest.screenshot({ path: path.join(shots, 'chat-shield.png') });
  await host.getByRole('button', { name: 'Lower' }).click();
  await guest.getByText('Newcomers can read').waitFor({ state: 'detached' });
  await say(guest, 'now I may');
  await line(host, 'now I may').waitFor();
  assert.deepEqual(errors, []);
});

test('what waits for a moderator is discarded at one stroke, once they are sure', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  const [host, guest] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(host, stage.http, ada, 'ada');
  await ask(stage.http, ada, 'ada', [{ do: 'set', settings: { hold_links: true } }]);
  await enter(guest, stage.http, bob, 'ada');
  for (const number of [1, 2, 3]) await say(guest, `see example.org/${number}`);
  await host.getByText('3 messages wait for you').click();
  const held = host.getByTestId('held');
  await held.getByRole('button', { name: 'Discard all 3' }).click();
  await held.getByRole('button', { name: 'Sure? Discard all 3' }).waitFor();
  await until('nothing waits', async () => {
    const sure = held.getByRole('button', { name: /Discard all 3/ });
    if ((await sure.count()) > 0) await sure.click({ timeout: 1_000 }).catch(() => {});
    return (await held.count()) === 0;
  });
  await until('who wrote it is told', async () => (await guest.getByRole('button', { name: 'All right' }).count()) === 3);
  assert.deepEqual(errors, []);
});

test('a card, a note, a report, a ban, and an appeal that is accepted', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [host, guest, other] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors)];
  await enter(host, stage.http, ada, 'ada');
  await enter(guest, stage.http, bob, 'ada');
  await enter(other, stage.http, cleo, 'ada');
  await say(guest, 'something rude');
  await report(other, 'something rude', 'bob', 'rude words');

  await host.getByRole('button', { name: 'Moderation' }).click();
  const desk = host.getByTestId('desk');
  await desk.getByText('rude words').waitFor();
  await desk.getByText('“something rude”').waitFor();
  await desk.getByRole('button', { name: 'Dealt with' }).click();
  await desk.getByText('Nothing is reported.').waitFor();
  await host.getByRole('button', { name: 'Moderation' }).click();

  await line(host, 'something rude').locator('.line-name').click();
  const card = host.getByTestId('card');
  await card.getByText('1 messages here').or(card.getByText('1 message here')).waitFor();
  await card.getByLabel('New note').fill('third time this week');
  await card.getByRole('button', { name: 'Add', exact: true }).click();
  await card.locator('.chat-entries', { hasText: '@ada' }).getByText('third time this week').first().waitFor();
  await ban(card, 'bob');
  await card.getByRole('button', { name: 'Let bob write again' }).waitFor();
  if (shots) await host.screenshot({ path: path.join(shots, 'chat-card.png') });

  await appeal(guest, 'I am sorry');
  if (shots) await guest.screenshot({ path: path.join(shots, 'chat-appeal.png') });
  await host.getByRole('button', { name: 'Close', exact: true }).click();
  await host.getByRole('button', { name: 'Moderation' }).click();
  await desk.getByText('I am sorry').waitFor();
  await desk.getByTestId('silenced').getByText('@bob').waitFor();
  // Moderators come and go at the desk as well.
  await desk.getByLabel('Handle of a new moderator').fill('@cleo');
  await desk.getByRole('button', { name: 'Appoint', exact: true }).click();
  await desk.getByTestId('moderators').getByText('@cleo').waitFor();
  if (shots) await host.screenshot({ path: path.join(shots, 'chat-desk.png') });
  await desk.getByRole('button', { name: 'Let them back' }).click();
  await desk.getByText('Nobody appeals.').waitFor();
  await desk.getByText('Everybody may write.').waitFor();
  await until('cleo is dismissed, by a second press', async () => {
    const dismiss = desk.getByRole('button', { name: /Dismiss cleo/ });
    if ((await dismiss.count()) > 0) await dismiss.click({ timeout: 1_000 }).catch(() => {});
    return (await desk.getByTestId('moderators').getByText('@cleo').count()) === 0;
  });
  // Who waits hears of it without doing anything.
  await until('bob is in again', () => guest.getByTestId('chat-input').isVisible(), 60_000);
  const outcome = guest.getByTestId('appeal-outcome');
  await outcome.getByText('Your appeal was accepted').waitFor();
  await outcome.getByRole('button', { name: 'All right' }).click();
  await becomes(0, () => outcome.count());
  await say(guest, 'thank you');
  await line(host, 'thank you').waitFor();
  assert.deepEqual(errors, []);
});

test('who is silenced for a while is told until when and why, and what came of their appeal', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  // Where it is another day then.
  const silencedUntil = Date.now() + 3_600_000;
  const timezoneId = new Date(silencedUntil).getUTCHours() < 10 ? 'Pacific/Pago_Pago' : 'Pacific/Kiritimati';
  const day = new Date(silencedUntil).toLocaleDateString('en', { timeZone: timezoneId });
  const [host, guest] = [await visitor(browser, errors), await visitor(browser, errors, { timezoneId })];
  await enter(host, stage.http, ada, 'ada');
  await enter(guest, stage.http, bob, 'ada');
  await guest.getByTestId('chat-input').fill('half a sentence');
  await say(host, '/timeout bob 3600 shouting all the time');
  const told = guest.getByTestId('appeal');
  await told.getByText(`silenced you until ${day}`).waitFor();
  await told.getByText('The reason: shouting all the time').waitFor();
  await becomes(0, () => guest.getByTestId('chat-input').count());
  await guest.reload();
  await told.getByText('The reason: shouting all the time').waitFor();

  await appeal(guest, 'I lost my glasses');
  await host.getByRole('button', { name: 'Moderation' }).click();
  const desk = host.getByTestId('desk');
  await desk.getByText('I lost my glasses').waitFor();
  await desk.getByLabel('Answer, if you like').fill('Find them first.');
  await desk.getByRole('button', { name: 'Keep it' }).click();
  await until('it is heard', () => told.getByText('Your appeal was rejected.').isVisible(), 60_000);
  await told.getByText('Find them first.').waitFor();
  await becomes(0, () => told.getByRole('button', { name: 'Appeal' }).count(), 'once against each');

  await say(host, '/unban bob');
  await guest.getByTestId('chat-input').waitFor();
  assert.deepEqual(errors, []);
});

test('two moderators see what waits and what the other does, as long as they look', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const dora = await stage.creator('dora');
  const pages = [];
  for (const person of [ada, bob, cleo, dora]) {
    const page = await visitor(browser, errors);
    await enter(page, stage.http, person, 'ada');
    pages.push(page);
  }
  const [host, moderator, viewer, rude] = pages;
  await say(host, '/mod bob');
  const keepers = [host, moderator];
  const desk = (page) => page.getByTestId('desk');
  for (const page of keepers) {
    await page.getByRole('button', { name: 'Moderation' }).click();
    await desk(page).getByText('Nothing is reported.').waitFor();
    await desk(page).getByText('Nobody appeals.').waitFor();
  }
  // Moderators are not offered what the server would refuse them.
  await say(host, 'the rules are pinned');
  await tool(moderator, 'the rules are pinned', 'More');
  const offered = line(moderator, 'the rules are pinned').locator('.line-more');
  await offered.getByRole('button', { name: 'Pin' }).waitFor();
  await becomes(1, () => offered.getByRole('button').count());
  await tool(moderator, 'the rules are pinned', 'More');

  await say(rude, 'something rude');
  await report(viewer, 'something rude', 'dora', 'rude words');
  for (const page of keepers) await desk(page).getByText('rude words').waitFor();
  await say(moderator, '/ban dora');
  for (const page of keepers) await desk(page).locator('li', { hasText: '@bob banned' }).waitFor();
  await appeal(rude, 'I am sorry');
  for (const page of keepers) await desk(page).getByText('I am sorry').waitFor();
  await desk(host).getByRole('button', { name: 'Dealt with' }).click();
  await desk(host).getByRole('button', { name: 'Let them back' }).click();
  for (const page of keepers) {
    await desk(page).getByText('Nothing is reported.').waitFor();
    await desk(page).getByText('Nobody appeals.').waitFor();
    await desk(page).locator('li', { hasText: '@ada accepted the appeal of' }).waitFor();
  }
  if (shots) await moderator.screenshot({ path: path.join(shots, 'chat-desk-live.png') });

  for (const page of keepers) await page.getByTestId('chat-settings').click();
  await say(host, '/slow 30');
  const slow = moderator.locator('[name="chat-slow"]');
  await until('slow mode is seen', async () => (await slow.inputValue()) === '30');
  await host.getByLabel('Word or pattern').fill('spam*');
  await host.getByRole('button', { name: 'Add', exact: true }).click();
  await moderator.getByTestId('chat-filters').getByText('spam*').waitFor();
  await say(viewer, 'spam for all');
  for (const page of keepers) await page.getByText('1 message waits for you').waitFor();
  await host.getByText('1 message waits for you').click();
  await host.getByRole('button', { name: 'Show', exact: true }).click();
  await moderator.getByText('1 message waits for you').waitFor({ state: 'detached' });
  await desk(moderator).locator('li', { hasText: '@ada approved a message of' }).waitFor();
  assert.deepEqual(errors, []);
});

test('the creator chooses what a moderator may do', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob] = await people(stage);
  const [host, helper] = [await visitor(browser, errors), await visitor(browser, errors)];
  await enter(host, stage.http, ada, 'ada');
  await enter(helper, stage.http, bob, 'ada');
  await host.getByRole('button', { name: 'Moderation' }).click();
  const desk = host.getByTestId('desk');
  await desk.getByLabel('Handle of a new moderator').fill('bob');
  await desk.getByRole('button', { name: 'Appoint' }).click();
  const poll = helper.getByRole('button', { name: 'Ask the room' });
  await poll.click();
  await helper.locator('.chat-poll-form').waitFor();
  // One after the other, before the first is answered.
  const right = (name) => desk.getByRole('group', { name: 'What bob may do' }).getByLabel(name);
  for (const name of ['Silence and ban people', 'Polls, predictions and raids']) await right(name).uncheck({ force: true });
  await poll.waitFor({ state: 'detached' });
  await becomes(0, () => helper.locator('.chat-poll-form').count(), 'nor is the form left');
  await say(helper, '/ban cleo');
  await helper.getByRole('alert').filter({ hasText: 'The creator has not given you this right.' }).waitFor();
  // What was left to him he has.
  await helper.getByTestId('chat-settings').click();
  await helper.getByLabel('Subscribers only').check({ force: true });
  await desk.locator('li', { hasText: '@bob changed how the room is kept' }).getByText('Subscribers only: On').waitFor();
  await right('Polls, predictions and raids').check({ force: true });
  await poll.waitFor();
  await desk.locator('li', { hasText: '@ada appointed' }).getByText('Change how this room is kept · Polls, predictions and raids').first().waitFor();
  if (shots) await host.screenshot({ path: path.join(shots, 'chat-rights.png') });
  assert.deepEqual(errors, []);
});

test('a form that was refused once is of use for as long as the page is open', async () => {
  const stage = await Stage.open('', ROOMY);
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada] = await people(stage);
  const host = await visitor(browser, errors);
  await enter(host, stage.http, ada, 'ada');
  await host.getByRole('button', { name: 'Moderation' }).click();
  const desk = host.getByTestId('desk');
  const appoint = async (who) => {
    await desk.getByLabel('Handle of a new moderator').fill(who);
    await desk.getByRole('button', { name: 'Appoint', exact: true }).click();
  };
  await appoint('nobody');
  await host.locator('.chat-trouble').waitFor();
  // More answers than a page remembers.
  for (let said = 0; said < 40; said += 1) {
    await say(host, `number ${said}.`);
    await line(host, `number ${said}.`).waitFor();
  }
  await appoint('bob');
  await desk.getByTestId('moderators').getByText('@bob').waitFor();
  assert.deepEqual(errors, []);
});
