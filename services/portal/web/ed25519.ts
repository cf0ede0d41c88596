// Ed25519 by the browser itself; where it has none (before 2025), by TweetNaCl, fetched only then.
import type {VerifyEd25519} from './proof';

export const byBrowser: VerifyEd25519 = async (key, text, signature) => {
  const imported = await crypto.subtle.importKey('raw', key, {name: 'Ed25519'}, false, ['verify']);
  return crypto.subtle.verify({name: 'Ed25519'}, imported, signature, text);
};

// `load` answers TweetNaCl's `sign.detached.verify`.
export function withFallback(
    load: () => Promise<(text: Uint8Array, signature: Uint8Array, key: Uint8Array) => boolean>,
): VerifyEd25519 {
  return async (key, text, signature) => {
    try {
      return await byBrowser(key, text, signature);
    } catch {
      return (await load())(text, signature, key);
    }
  };
}
