// The studio's real window: an X server of its own, and WebDriver as WebKit speaks it to find, click and type in it.

import net from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './stage.mjs';

/** The name under which an element's reference stands (WebDriver, section 12). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

const quoted = (text) => `"${text}"`;
/** What a person would call it: its words, its label, or those of its words that stand out. */
const named = (name) => `(normalize-space(.)=${quoted(name)} or @aria-label=${quoted(name)} or .//text()[normalize-space(.)=${quoted(name)}])`;

/** A port that is free, and that nobody is given who does not ask for this one: below those from which the system chooses. */
const freePort = () =>
  until('a free port', async () => {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = net.createServer().listen(port, '127.0.0.1');
    await new Promise((listening, failed) => server.once('listening', listening).once('error', failed));
    await new Promise((closed) => server.close(closed));
    return port;
  });

export class Window {
  #session;

  /** Opens the studio's window on a screen of its own, with its files in the stage's folder `window`. */
  static async open(stage, env = {}) {
    const program = process.env.KLIEG_STUDIO;
    if (!program) throw new Error('KLIEG_STUDIO is not set: it names the studio (make test and make bench set it)');
    const window = new Window();
    window.display = await window.#screen(stage);
    const port = await freePort();
    stage.run('WebKitWebDriver', 'webdriver', [`--port=${port}`, '--host=127.0.0.1'], {
      DISPLAY: window.display,
      KLIEG_STUDIO_HOME: path.join(stage.folder, 'window'),
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
      GDK_BACKEND: 'x11',
      NO_AT_BRIDGE: '1',
      // There is not a graphics card everywhere that tests run.
      LIBGL_ALWAYS_SOFTWARE: '1',
      TAURI_AUTOMATION: 'true',
      TAURI_WEBVIEW_AUTOMATION: 'true',
      ...env,
    });
    const server = `http://127.0.0.1:${port}`;
    await until('WebKitWebDriver, from Debian\'s package webkit2gtk-driver', async () => (await fetch(`${server}/status`)).ok);
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: program, args: [] } } };
    const answer = await fetch(`${server}/session`, { method: 'POST', body: JSON.stringify({ capabilities }) });
    const { value } = await answer.json();
    if (!value.sessionId) throw new Error(`no window: ${JSON.stringify(value)}\n${stage.log('webdriver')}`);
    window.#session = `${server}/session/${value.sessionId}`;
    return window;
  }

  async #screen(stage) {
    const child = stage.run('Xvfb', 'xvfb', ['-displayfd', '1', '-screen', '0', '1440x900x24', '-nolisten', 'tcp']);
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    return `:${await until('Xvfb, from Debian\'s package xvfb', () => said.includes('\n') && said.trim())}`;
  }

  async #ask(method, what, body) {
    const answer = await fetch(`${this.#session}${what}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${what}: ${value.message}`);
    return value;
  }

  /** What a script returns, with `args` in its `arguments`. */
  run(script, ...args) {
    return this.#ask('POST', '/execute/sync', { script, args });
  }

  /** Elements that an XPath names and that can be seen. */
  async #seen(xpath) {
    const found = await this.#ask('POST', '/elements', { using: 'xpath', value: xpath });
    const seen = [];
    for (const reference of found) {
      // In a list that scrolls, as a person would.
      await this.run("arguments[0].scrollIntoView({ block: 'nearest' })", reference);
      if (await this.#ask('GET', `/element/${reference[ELEMENT]}/displayed`)) seen.push(reference[ELEMENT]);
    }
    return seen;
  }

  /** Does something with the first element that is seen, once there is one: again, if the page drew it anew meanwhile. */
  async #one(what, xpath, act = () => {}, patience) {
    try {
      await until(what, async () => {
        const [element] = await this.#seen(xpath);
        if (element) await act(element);
        return element;
      }, patience);
    } catch (error) {
      throw new Error(`${error.message}\nThe window says:\n${await this.text()}`, { cause: error });
    }
  }

  /** Everything that the window says. */
  text() {
    return this.run('return document.body.innerText');
  }

  /** Waits until these words are to be read. */
  says(words, patience) {
    return this.#one(`“${words}”`, `//*[contains(normalize-space(.), ${quoted(words)})]`, undefined, patience);
  }

  /** Clicks a button, as soon as it is there and can be pressed. `within` is an XPath of what it stands in. */
  press(name, within = '', patience) {
    const role = '(self::button or @role="menuitem" or @role="menuitemradio" or @role="tab" or self::a)';
    const xpath = `${within}//*[${role} and ${named(name)} and not(@disabled)]`;
    return this.#one(`the button “${name}”`, xpath, (element) => this.#ask('POST', `/element/${element}/click`, {}), patience);
  }

  /** Types into the field of this label, in place of what is there. */
  type(label, text) {
    return this.#one(`the field “${label}”`, `//input[@id=//label[normalize-space(.)=${quoted(label)}]/@for]`, async (field) => {
      await this.#ask('POST', `/element/${field}/clear`, {});
      await this.#ask('POST', `/element/${field}/value`, { text });
    });
  }

  /** Chooses from the list of this label. */
  choose(label, option) {
    const list = `//select[@id=//label[normalize-space(.)=${quoted(label)}]/@for]`;
    return this.#one(`“${option}” in the list “${label}”`, list, async (element) => {
      const wanted = { using: 'xpath', value: `.//option[normalize-space(.)=${quoted(option)}]` };
      const found = await this.#ask('POST', `/element/${element}/element`, wanted);
      await this.#ask('POST', `/element/${found[ELEMENT]}/click`, {});
    });
  }

  /** Ticks the box whose label has these words. */
  tick(words) {
    const xpath = `//label[contains(normalize-space(.), ${quoted(words)})]//input[@type="checkbox"]`;
    return this.#one(`the box “${words}”`, xpath, (box) => this.#ask('POST', `/element/${box}/click`, {}));
  }

  /** Keeps a picture of the window, if pictures are wanted. */
  async keep(name) {
    if (!process.env.KLIEG_SCREENSHOTS) return;
    const picture = await this.#ask('GET', '/screenshot');
    writeFileSync(path.join(process.env.KLIEG_SCREENSHOTS, `window-${name}.png`), Buffer.from(picture, 'base64'));
  }

  /** Closes the window, and with it the studio. */
  async close() {
    await this.#ask('DELETE', '');
  }
}
