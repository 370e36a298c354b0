// What a viewer sees and hears in the page, measured from the player itself.

/** Installed in the page before it loads: eyes and ears for the player's <video>. */
export function install() {
  const senses = {
    frames: 0,
    flashes: [],
    beeps: [],
    clocks: [],
    loudest: 0,
    video: null,
  };
  window.senses = senses;
  const canvas = document.createElement('canvas');
  canvas.width = 400;
  canvas.height = 10;
  const context = canvas.getContext('2d', { willReadFrequently: true });

  // The row of 40 squares that the engine's clock draws: 1, 0, 32 bits of milliseconds, 6 bits of their sum.
  senses.readClock = (picture, width) => {
    context.drawImage(picture, 0, 0, width / 2, width / 80, 0, 0, 400, 10);
    const { data } = context.getImageData(0, 0, 400, 10);
    const bits = Array.from({ length: 40 }, (_, square) => (data[(5 * 400 + square * 10 + 5) * 4 + 1] > 127 ? 1 : 0));
    const number = (from, count) => bits.slice(from, from + count).reduce((value, bit) => value * 2 + bit, 0);
    const ones = bits.slice(2, 34).reduce((sum, bit) => sum + bit, 0);
    return bits[0] === 1 && bits[1] === 0 && ones === number(34, 6) ? number(2, 32) : null;
  };

  function luminance(video) {
    context.drawImage(video, 0, 0, 8, 8);
    const { data } = context.getImageData(0, 0, 8, 8);
    let sum = 0;
    for (let index = 0; index < data.length; index += 4) sum += data[index + 1];
    return sum / 64;
  }

  let bright = false;
  function onFrame(now, frame) {
    const video = senses.video;
    senses.frames += 1;
    const shown = frame.expectedDisplayTime;
    const clock = senses.readClock(video, video.videoWidth);
    if (clock !== null) {
      const wall = (performance.timeOrigin + shown) % 2 ** 32;
      senses.clocks.push({ clock, latency: (wall - clock + 2 ** 32) % 2 ** 32, at: shown });
      if (senses.clocks.length > 2000) senses.clocks.shift();
    }
    const flash = luminance(video) > 225;
    if (flash && !bright) senses.flashes.push(shown);
    bright = flash;
    video.requestVideoFrameCallback(onFrame);
  }

  senses.watch = () => {
    const video = document.querySelector('[data-testid="player"]');
    if (senses.video !== video) {
      senses.video = video;
      video.requestVideoFrameCallback(onFrame);
    }
  };

  senses.listen = async () => {
    senses.audio?.close();
    const audio = new AudioContext({ latencyHint: 'interactive' });
    senses.audio = audio;
    await audio.resume();
    const { srcObject } = senses.video;
    // An element's own sound is heard where it is played; a capture of it would lag and drift by its buffer.
    const source = srcObject
      ? audio.createMediaStreamSource(new MediaStream(srcObject.getAudioTracks()))
      : audio.createMediaElementSource(senses.video);
    const listener = audio.createScriptProcessor(256, 1, 1);
    let loud = false;
    senses.loudest = 0;
    listener.onaudioprocess = (event) => {
      const samples = event.inputBuffer.getChannelData(0);
      let peak = 0;
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      senses.loudest = Math.max(senses.loudest, peak);
      if (peak > 0.1 && !loud) senses.beeps.push(performance.now());
      // A beep lasts a tenth of a second and has zero crossings but no pauses.
      loud = peak > 0.05;
    };
    source.connect(listener);
    listener.connect(audio.destination);
  };
}

/** The median of numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The value below which a fraction of the numbers lie. */
export function quantile(numbers, fraction) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}

/** How far each beep is behind the nearest flash, in milliseconds. */
export function skews(flashes, beeps) {
  return beeps
    .map((beep) => beep - flashes.reduce((best, flash) => (Math.abs(beep - flash) < Math.abs(beep - best) ? flash : best), -1e9))
    .filter((skew) => Math.abs(skew) < 500);
}

/** The colour in the middle of the viewer's picture. */
export const colour = (page) => page.evaluate(() => {
  const video = document.querySelector('[data-testid="player"]');
  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 8, 8);
  const [red, green, blue] = context.getImageData(4, 4, 1, 1).data;
  return { red, green, blue };
});

/** Which of red, green and blue is in each seventh of the viewer's picture, in its upper half, such as 110 where it is yellow. */
export const sevenths = (page) => page.evaluate(() => {
  const video = document.querySelector('[data-testid="player"]');
  const canvas = Object.assign(document.createElement('canvas'), { width: 70, height: 30 });
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 70, 30);
  const { data } = context.getImageData(0, 10, 70, 1);
  const at = (x) => [0, 1, 2].map((colour) => (data[x * 4 + colour] > 128 ? 1 : 0)).join('');
  return [5, 15, 25, 35, 45, 55, 65].map(at).join(' ');
});

/** How far the brightest and the darkest part of the viewer's picture are from each other: 0 in one of one colour, to 255. */
export const contrast = (page) => page.evaluate(() => {
  const video = document.querySelector('[data-testid="player"]');
  const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 90 });
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 160, 90);
  const greens = context.getImageData(0, 0, 160, 90).data.filter((_, index) => index % 4 === 1);
  return Math.max(...greens) - Math.min(...greens);
});
