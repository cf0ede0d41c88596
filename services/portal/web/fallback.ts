// TweetNaCl (public domain, Debian's node-tweetnacl), of which only the check of a signature is used.
import nacl from 'tweetnacl';

export const verify = nacl.sign.detached.verify;
