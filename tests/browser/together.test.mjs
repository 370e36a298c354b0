// What people do together in a room besides talking: predictions, rewards, questions, goals, threads, raids.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { enter, joined, line, people, say, tool, visitor } from './room.mjs';
import { Stage, becomes, until } from './stage.mjs';

const shots = process.env.KLIEG_SCREENSHOTS;

/** Presses a button that takes no second press too soon after the first, until it is gone. */
const sure = (button) =>
  until('it is done', async () => {
    if ((await button.count()) === 0) return true;
    await button.click({ timeout: 1_000 }).catch(() => {});
    return (await button.count()) === 0;
  });

test('viewers stake their points, who was right has them, and what they redeem is fulfilled', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  stage.admin('seed-demo');
  const browser = await stage.browser();
  const errors = [];
  const [creator, one, two] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors)];
  for (const [page, handle] of [[creator, 'nova'], [one, 'tidewater'], [two, 'marginalia']]) {
    await enter(page, stage.http, { handle, password: 'klieg-demo' }, 'nova');
  }
  const has = (page, points) => page.getByTestId('points').getByText(points).waitFor();
  await has(one, '1,200 points');

  await creator.getByRole('button', { name: 'Ask the room' }).click();
  await creator.getByText('Prediction', { exact: true }).click();
  await creator.getByLabel('Question').fill('Which lamp burns out first?');
  await creator.getByLabel('Answer 1').fill('The red one');
  await creator.getByLabel('Answer 2').fill('The blue one');
  await creator.getByRole('button', { name: 'Start the prediction' }).click();
  const card = (page) => page.getByTestId('prediction');
  const stake = async (page, outcome, points) => {
    await card(page).getByRole('button', { name: outcome }).click();
    await card(page).getByLabel('Points to stake').fill(points);
    if (shots && page === one) await page.screenshot({ path: path.join(shots, 'prediction-stake-1440-dark.png') });
    await card(page).getByRole('button', { name: 'Stake', exact: true }).click();
  };
  await stake(one, 'The red one', '300');
  await has(one, '900 points');
  await stake(two, 'The blue one', '1000');
  await has(two, '200 points');
  await card(creator).getByText('1,300 points').waitFor();
  await becomes(true, () => card(creator).getByRole('button', { name: 'The red one' }).isDisabled(), 'the creator stakes nothing');
  await creator.getByRole('button', { name: 'No more stakes' }).click();
  await card(one).getByText('the outcome is awaited').waitFor();
  const decide = card(creator).getByRole('button', { name: '“The red one” came true' });
  await decide.click();
  if (shots) await creator.screenshot({ path: path.join(shots, 'prediction-decide-1440-dark.png') });
  await sure(card(creator).getByRole('button', { name: /^Sure/ }));
  await card(one).getByText('You were right: 1,300 points for you.').waitFor();
  await has(one, '2,200 points');
  await card(two).getByText('Not this time').waitFor();
  await one.reload();
  await joined(one);
  await has(one, '2,200 points');
  for (const page of [one, two]) await card(page).getByRole('button', { name: 'Put away' }).click();

  await one.getByTestId('points').click();
  const reward = (page, name) => page.getByTestId('rewards').getByRole('button', { name });
  await reward(one, 'Choose the next colour').click();
  await one.getByLabel('What to say with it').fill('Green, please');
  if (shots) await one.screenshot({ path: path.join(shots, 'rewards-1440-dark.png') });
  await one.getByRole('button', { name: 'Redeem' }).click();
  await line(two, 'Redeemed: Choose the next colour').getByText('Green, please').waitFor();
  await has(one, '1,900 points');
  await two.getByTestId('points').click();
  await becomes(true, () => reward(two, 'Turn a lamp off').isDisabled(), '200 points are too few');
  const waits = creator.getByTestId('redemptions');
  await waits.getByText('1 reward waits for you').click();
  await waits.getByRole('button', { name: 'Give the points back' }).click();
  await has(one, '2,200 points');
  await until('nothing waits', async () => (await waits.count()) === 0);

  await creator.getByTestId('points').click();
  await creator.getByRole('button', { name: 'New reward' }).click();
  await creator.getByLabel('Title').fill('Wave at the camera');
  await creator.getByLabel('Points', { exact: true }).fill('50');
  await creator.getByRole('button', { name: 'Save' }).click();
  await reward(two, 'Wave at the camera').click();
  await two.getByRole('button', { name: 'Redeem' }).click();
  await line(creator, 'Redeemed: Wave at the camera').waitFor();
  await has(two, '150 points');
  await creator.getByRole('button', { name: 'Remove “Wave at the camera”' }).click();
  await sure(creator.getByRole('button', { name: /^Sure\?/ }));
  await until('it is gone', async () => (await reward(two, 'Wave at the camera').count()) === 0);
  assert.deepEqual(errors, []);
});

test('questions are asked, wanted by others, and answered', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [creator, one, two] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors, { viewport: { width: 360, height: 780 } })];
  await enter(creator, stage.http, ada, 'ada');
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');
  assert.equal(await one.getByTestId('questions-open').count(), 0, 'none are taken');
  await creator.getByTestId('questions-open').click();
  await creator.getByLabel('Take questions').click();
  for (const page of [one, two]) await page.getByTestId('questions-open').click();
  const ask = async (page, text) => {
    await page.getByLabel('Ask a question').fill(text);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByTestId('questions').getByText(text).waitFor();
  };
  await ask(one, 'Which lens is that?');
  await ask(two, 'Why does the loom click twice on every turn of the wheel?');
  const question = (page, text) => page.getByTestId('questions').getByRole('listitem').filter({ hasText: text });
  await question(one, 'Why does the loom').getByRole('button', { name: /want to know|wants to know/ }).click();
  await until('what more want to know is first', async () => /loom/.test(await creator.getByTestId('questions').getByRole('listitem').first().innerText()));
  if (shots) {
    await creator.screenshot({ path: path.join(shots, 'questions-1440-dark.png') });
    await two.screenshot({ path: path.join(shots, 'questions-360-dark.png') });
  }
  await question(creator, 'Why does the loom').getByRole('button', { name: 'Answered' }).click();
  await question(one, 'Which lens').getByRole('button', { name: 'Take back' }).click();
  for (const page of [creator, one, two]) await page.getByText('No question is open.').waitFor();
  assert.deepEqual(errors, []);
});

test('a goal stands above the talk, and a thread by itself', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  const [creator, one, two] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors)];
  await enter(creator, stage.http, ada, 'ada');
  await enter(one, stage.http, bob, 'ada');
  await enter(two, stage.http, cleo, 'ada');

  await creator.getByTestId('chat-settings').click();
  await creator.locator('[name=goal-title]').fill('A hundred of us');
  await creator.getByRole('button', { name: 'Set the goal' }).click();
  await one.getByTestId('goal').getByText('A hundred of us').waitFor();
  await one.getByTestId('goal').getByText('0 / 100').waitFor();
  await stage.api('PUT', '/channels/ada/follow', undefined, bob.token);
  await two.getByTestId('goal').getByText('1 / 100').waitFor();
  await creator.getByRole('button', { name: 'Take it away' }).click();
  await until('there is none', async () => (await one.getByTestId('goal').count()) === 0);

  await say(one, 'Which loom is it?');
  await tool(two, 'Which loom is it?', 'Reply');
  await say(two, 'The big one');
  await say(one, 'Something else');
  await line(one, 'The big one').getByRole('button', { name: /Which loom is it/ }).click();
  await one.getByTestId('thread').waitFor();
  await becomes(0, () => line(one, 'Something else').count());
  await becomes(2, () => one.locator('[data-message]').count());
  await say(one, 'Thank you');
  await line(one, 'Thank you').waitFor();
  await say(one, 'And the small one?');
  await line(one, 'And the small one?').waitFor();
  await becomes(4, () => one.locator('[data-message]').count(), 'whatever is written here belongs to it');
  await one.getByRole('button', { name: 'Everything again' }).click();
  await line(one, 'Something else').waitFor();
  assert.deepEqual(errors, []);
});

test('a raid takes along who does not stay', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const browser = await stage.browser();
  const errors = [];
  const [ada, bob, cleo] = await people(stage);
  stage.ffmpeg(ada.key, { name: 'ada' });
  stage.ffmpeg(bob.key, { name: 'bob' });
  for (const handle of ['ada', 'bob']) await stage.untilLive(handle, 'source');
  const [creator, goes, stays, host] = [await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors), await visitor(browser, errors)];
  await enter(creator, stage.http, ada, 'ada');
  await enter(goes, stage.http, cleo, 'ada');
  await stays.goto(`${stage.http}/ada`);
  await joined(stays);
  await enter(host, stage.http, bob, 'bob');
  await say(creator, '/shoutout bob');
  await goes.getByTestId('shout-out').getByText('Live now and worth a visit: bob').waitFor();
  await say(creator, '/raid bob');
  await goes.getByTestId('raid').getByText('Everybody goes to bob').waitFor();
  if (shots) await goes.screenshot({ path: path.join(shots, 'raid-1440-dark.png') });
  await stays.getByRole('button', { name: 'Stay here' }).click();
  await goes.waitForURL(`${stage.http}/bob`, { timeout: 90_000 });
  await joined(goes);
  await host.getByTestId('raided').getByText('ada comes with 2 viewers').waitFor();
  assert.equal(new URL(stays.url()).pathname, '/ada');
  assert.equal(new URL(creator.url()).pathname, '/ada');
  assert.deepEqual(errors, []);
});
