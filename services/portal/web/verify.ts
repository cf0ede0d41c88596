// On a scanned page: fetches the proof of what is shown and checks it on this phone.
import {withFallback} from './ed25519';
import type {Evidence} from './proof';
import {show} from './show';

const place = document.getElementById('check');

async function find(): Promise<Evidence> {
  const answer = await fetch(place!.dataset.proof!, {headers: {accept: 'application/json'}});
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

show(find, withFallback(async () => (await import(place!.dataset.fallback!)).verify));
