// A page in whose chat far more is said than anybody reads, all of it shown: how evenly Chromium draws meanwhile, and its longest task.

import { ROOMY, ask, flood, joined, line, people, visitor } from '../tests/browser/room.mjs';
import { quantile } from '../tests/browser/senses.mjs';
import { Stage } from '../tests/browser/stage.mjs';
import { figure } from './figures.mjs';

const MESSAGES = 3_000;

const stage = await Stage.open('', ROOMY);
try {
  const browser = await stage.browser();
  const everybody = await people(stage);
  const page = await visitor(browser, []);
  await page.goto(`${stage.http}/ada`);
  await joined(page);
  await page.getByTestId('chat-settings').click();
  await page.locator('[name="chat-everything"]').check({ force: true });
  await page.getByTestId('chat-settings').click();
  await page.evaluate(() => {
    window.gaps = [];
    window.longest = 0;
    let last = performance.now();
    const draw = (now) => {
      window.gaps.push(now - last);
      last = now;
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
    new PerformanceObserver((tasks) => {
      for (const task of tasks.getEntries()) window.longest = Math.max(window.longest, task.duration);
    }).observe({ type: 'longtask' });
  });
  const began = Date.now();
  await flood(stage, everybody, 'ada', MESSAGES);
  await ask(stage.http, everybody[0], 'ada', [{ do: 'say', text: 'The end', nonce: 'end' }]);
  await line(page, 'The end').waitFor();
  const seconds = (Date.now() - began) / 1_000;
  const { gaps, longest } = await page.evaluate(() => ({ gaps: window.gaps, longest: window.longest }));
  const [p50, p99] = [0.5, 0.99].map((fraction) => quantile(gaps, fraction).toFixed(0));
  const value = `a frame p50 ${p50} ms, p99 ${p99} ms; longest task ${longest.toFixed(0)} ms`;
  figure(`chat, ${MESSAGES} messages in ${seconds.toFixed(0)} s, drawn`, value, 'p99 <= 50 ms');
} finally {
  await stage.close();
}
