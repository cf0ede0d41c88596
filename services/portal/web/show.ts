// Shows on a page what the check of its proof found. The words are the page's own, in its language.
import {checkProof, type Evidence, Refused, type VerifyEd25519} from './proof';

function fill(words: string, values: Record<string, string>): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

export async function show(find: () => Promise<Evidence>, verify: VerifyEd25519): Promise<void> {
  const place = document.getElementById('check');
  if (place === null || !crypto.subtle) return;
  const data = place.dataset as Record<string, string>;
  const say = (kind: string, words: string) => {
    place.className = `check ${kind}`;
    place.textContent = words;
    place.hidden = false;
  };
  say('', data.wait);
  try {
    const proven = await checkProof(await find(), data.batch, data.key, verify);
    const zone = 60000 * Number(data.zone);
    const local = (time: Date) =>
      new Date(time.getTime() + zone).toISOString().slice(0, 16).replace('T', ' ');
    const witnesses = proven.witnesses.length === 0 ? '' : fill(data.witnesses,
      {names: proven.witnesses.map(({name, time}) => `${name} (${local(time)})`).join(', ')});
    say('yes', fill(data.yes, {sequence: String(proven.sequence), time: local(proven.time),
      size: String(proven.size)}) + witnesses);
  } catch (error) {
    // What does not fit is said; what could not be fetched or computed is not called wrong.
    if (error instanceof Refused) say('no', data.no);
    else place.hidden = true;
  }
}
