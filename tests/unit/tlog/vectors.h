// What others computed: the keys, notes and proofs below come from Python's cryptography and
// hashlib, and from Go's documentation; nothing of it from this project's code.
#pragma once

#include <string>

#include "services/rpc/keys.h"
#include "tests/support/test.h"

namespace suyuan::tlog::vectors {

// Private keys 00…1f (the log), 20…3f and 40…5f (the witnesses).
inline rpc::SigningKey Key(const std::string& base64) {
  return *rpc::SigningKey::FromPem("-----BEGIN PRIVATE KEY-----\n" + base64 +
                                   "\n-----END PRIVATE KEY-----\n");
}
inline rpc::SigningKey LogKey() {
  return Key("MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f");
}
inline rpc::SigningKey Witness1Key() {
  return Key("MC4CAQAwBQYDK2VwBCIEICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/");
}
inline rpc::SigningKey Witness2Key() {
  return Key("MC4CAQAwBQYDK2VwBCIEIEBBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5f");
}
inline const std::string kLogKey =
    "example.com/log+d455c521+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
inline const std::string kWitness1Key =
    "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
inline const std::string kWitness2Key =
    "witness.example/w2+d8c59cc6+BCVDuS/xCVURR2rcg2nbbdyTNmWhGXjdoUBO4QZsqVWd";

// The tree of the leaves "leaf 0" to "leaf 6".
inline const std::string kText =
    "example.com/log\n7\nWmH8K1T5z6cXdPJDIUPdQMbLKxGUf69lp9PaXLZRmcg=\n";
inline const std::string kLogLine =
    "— example.com/log 1FXFIXn5WNO0nmB8jpaNKWoqfB//"
    "pR44E4k8CO4SmN1B50zYwNAr2omDcPg3jHsVO5RoDZ3k9OJRhEsiuhDyOm4Ktgw=\n";
inline const std::string kWitness1Line =  // At 1679315147.
    "— witness.example/w1 IDJKvgAAAABkGFDL1R6Jgxxu+vB/"
    "Hyeqr2RoYJFD8A9tihm6tvsB65a7lfdGO7v8u7W2tihSgZlOlRgsc5QZewKBHTy9vTFhHtbFCg==\n";
inline const std::string kWitness2Line =  // At 1679315148.
    "— witness.example/w2 2MWcxgAAAABkGFDMVRxRHW2acpvqEn06sEudtMxp2m7pvZKMCwtTYSDBZ0CS44iyeyU4QZRg"
    "fa4b/Gsd4aYKWuTvJSDUND6eI7GvAA==\n";
inline const std::string kNote = kText + "\n" + kLogLine + kWitness1Line + kWitness2Line;

// Of "leaf 4".
inline const std::string kProof =
    "c2sp.org/tlog-proof@v1\nextra bGVhZiA0\nindex 4\n"
    "la3xW37122c4aouvvv7k0UVmKvpFB0DhhoVT6DSO06A=\n"
    "+3+GnOi3tR/fcZ/IwhpHNsmMwWCoJWBqgfeKf00iYdk=\n"
    "T2MQhKFXxU9U/Psj/164ZQxLoWDClbsTqYMrEJ1SZ34=\n\n" +
    kNote;

}  // namespace suyuan::tlog::vectors
