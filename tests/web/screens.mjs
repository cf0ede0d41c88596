// Screenshots beside those kept in the repository: a page must not come to look otherwise unnoticed.
// What is kept is small, so that another version of the browser or of a font is no difference, and a
// word, a colour or a line more is one.
import fs from 'node:fs';
import path from 'node:path';

const WIDTH = 130;  // Pixels of what is kept.
const TILE = 10;    // Differences are the mean of squares this wide,
const MOST = 16;    // out of 255; a line of text that moved makes 30 to 90.

// In the page: a screenshot made small, and the worst square where it differs from the kept one.
async function smallAndWorst({screenshot, kept, width, tile}) {
  const load = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  };
  const draw = (image, height) => {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    return {canvas, bytes: context.getImageData(0, 0, width, height).data};
  };
  const image = await load(screenshot);
  const height = Math.round(image.height * width / image.width);
  const now = draw(image, height);
  const answer = {small: now.canvas.toDataURL('image/webp', 0.8), worst: 0, x: 0, y: 0};
  if (!kept) return answer;
  const before = await load(kept);
  if (before.width !== width || before.height !== height) return {...answer, worst: 255};
  const then = draw(before, height);
  for (let top = 0; top < height; top += tile) {
    for (let left = 0; left < width; left += tile) {
      let sum = 0;
      let count = 0;
      for (let y = top; y < Math.min(top + tile, height); ++y) {
        for (let x = left; x < Math.min(left + tile, width); ++x) {
          for (let channel = 0; channel < 3; ++channel, ++count) {
            const at = (y * width + x) * 4 + channel;
            sum += Math.abs(now.bytes[at] - then.bytes[at]);
          }
        }
      }
      if (sum / count > answer.worst) Object.assign(answer, {worst: sum / count, x: left, y: top});
    }
  }
  return answer;
}

const urlOf = (file) => `data:image/${path.extname(file).slice(1)};base64,${fs.readFileSync(file).toString('base64')}`;

// Compares `screenshots`/*.png with `keptFolder`/*.webp, or keeps them where `update` says so.
export async function compareScreens(browser, screenshots, names, keptFolder, update, findings) {
  const page = await browser.newPage();
  if (update) fs.mkdirSync(keptFolder, {recursive: true});
  for (const name of names) {
    const keptFile = path.join(keptFolder, `${name}.webp`);
    const kept = fs.existsSync(keptFile) ? urlOf(keptFile) : '';
    const {small, worst, x, y} = await page.evaluate(smallAndWorst,
      {screenshot: urlOf(path.join(screenshots, `${name}.png`)), kept, width: WIDTH, tile: TILE});
    if (update) {
      // What has not changed stays byte for byte: a change is then a picture that changed.
      if (!kept || worst > MOST) fs.writeFileSync(keptFile, Buffer.from(small.split(',')[1], 'base64'));
      continue;
    }
    findings.expect(kept !== '', `${name}: no screenshot is kept (SUYUAN_UPDATE_SCREENS=1 keeps it)`);
    findings.expect(worst <= MOST, `${name}: looks otherwise at ${x},${y} of ${WIDTH} (${worst.toFixed(0)}); ` +
      `look at ${path.join(screenshots, name)}.png, then SUYUAN_UPDATE_SCREENS=1`);
  }
  const strays = fs.existsSync(keptFolder) ? fs.readdirSync(keptFolder)
    .map((file) => path.basename(file, '.webp')).filter((name) => !names.includes(name)) : [];
  for (const name of strays) {
    if (update) fs.rmSync(path.join(keptFolder, `${name}.webp`));
    else findings.expect(false, `${name}: a screenshot is kept of a page there is not`);
  }
  await page.close();
}
