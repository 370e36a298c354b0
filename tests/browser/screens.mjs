// Takes the screenshots in docs/screenshots from a running demo: node screens.mjs http://127.0.0.1:8080 FOLDER

import path from 'node:path';
import { chromium } from 'playwright-core';

const [base, folder] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.KLIEG_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const widths = { 360: 740, 768: 1024, 1440: 900 };
for (const [width, height] of Object.entries(widths)) {
  for (const colorScheme of ['dark', 'light']) {
    const context = await browser.newContext({ viewport: { width: Number(width), height }, colorScheme });
    const page = await context.newPage();
    const take = async (name, route, ready, fullPage = false) => {
      await page.goto(base + route);
      await page.waitForSelector(ready, { timeout: 20_000 });
      await page.waitForTimeout(1_500);
      await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage });
    };
    const playing = '[data-testid="player"][data-state="playing"]';
    await take('home', '/', 'main video');
    await take('channel', '/nova', playing);
    await take('offline', '/tidewater', 'main h1');
    await take('signup', '/signup', 'main form');
    await page.goto(`${base}/login`);
    await page.getByLabel('Handle or e-mail').fill('nova');
    await page.getByLabel('Password', { exact: true }).fill('klieg-demo');
    await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL((url) => !url.pathname.endsWith('/login'));
    await take('studio', '/studio', '[data-testid="health"]', true);
    await take('settings', '/settings', '[data-testid="log-out"]', true);
    await context.close();
  }
}
await browser.close();
