// On a page that was kept: checks the proof that lies in it, without a network.
import {withFallback} from './ed25519';
import {verify} from './fallback';
import {show} from './show';

show(async () => JSON.parse(document.getElementById('evidence')!.textContent!),
  withFallback(async () => verify));
