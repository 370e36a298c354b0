// Eyes on a page of the studio, behind the `senses` that are installed there before.

/** Installed in the page: what of the preview is painted when, how evenly the page draws, and when it was clicked last. */
export function watchStudio() {
  const eyes = { isReading: false, behind: [], beats: null, clicked: 0 };
  window.eyes = eyes;

  const painted = new MessageChannel();
  painted.port1.onmessage = ({ data: clock }) => eyes.behind.push(((Date.now() % 2 ** 32) - clock + 2 ** 32) % 2 ** 32);
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function draw(picture, ...where) {
    drawImage.call(this, picture, ...where);
    if (!eyes.isReading || !this.canvas.matches('.monitor .picture')) return;
    const clock = senses.readClock(picture, picture.width);
    // A message that is sent just before the page is painted comes just after.
    if (clock !== null) requestAnimationFrame(() => painted.port2.postMessage(clock));
  };

  eyes.beat = (now) => {
    eyes.beats?.push(now);
    if (eyes.beats) requestAnimationFrame(eyes.beat);
  };

  addEventListener('click', () => (eyes.clicked = Date.now()), true);
}
