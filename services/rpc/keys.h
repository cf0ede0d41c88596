// Keys and signatures of requests. The only place in services/ that includes OpenSSL.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct evp_pkey_st;

namespace suyuan::rpc {

// As in suyuan.claim.v1.KeyAlgorithm and in the log (storage/FORMAT.md 3).
constexpr uint8_t kEcdsaP256 = 1;
constexpr uint8_t kEd25519 = 2;
constexpr size_t kSignatureSize = 64;

// First 16 bytes of SHA-256(algorithm ‖ SPKI).
std::string KeyIdOf(uint8_t algorithm, std::string_view spki);

// A public key, parsed once. Thread-safe. Cheap to copy.
class PublicKey {
 public:
  // `spki`: SubjectPublicKeyInfo, DER, of P-256 with the whole point. INVALID_ARGUMENT: not exactly
  // one key of the algorithm in its one encoding, or an Ed25519 point of small order, which would
  // sign anything.
  static absl::StatusOr<PublicKey> Parse(uint8_t algorithm, std::string_view spki);

  // False for any other text, key or signature; for ECDSA also for a signature with high s, whose
  // twin with low s is the one that counts.
  bool Verify(std::string_view text, std::string_view signature) const;
  uint8_t algorithm() const { return algorithm_; }

 private:
  PublicKey(uint8_t algorithm, std::shared_ptr<evp_pkey_st> key)
      : algorithm_(algorithm), key_(std::move(key)) {}
  uint8_t algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

// A private key, for clients and for the ledger's own. Thread-safe.
class SigningKey {
 public:
  static SigningKey Generate(uint8_t algorithm);
  // The Ed25519 key of a secret of 32 bytes (RFC 8032 5.1.5).
  static SigningKey FromSeed(std::string_view seed);
  // PKCS#8 PEM. INVALID_ARGUMENT: not a P-256 or Ed25519 key.
  static absl::StatusOr<SigningKey> FromPem(std::string_view pem);
  // NOT_FOUND, INVALID_ARGUMENT.
  static absl::StatusOr<SigningKey> Load(const std::string& path);
  // Creates the file with mode 0600, synced. ALREADY_EXISTS: never overwrites a key.
  absl::Status Save(const std::string& path) const;

  uint8_t algorithm() const { return algorithm_; }
  const std::string& Spki() const { return spki_; }
  const std::string& KeyId() const { return key_id_; }
  // 64 bytes: r ‖ s with low s, or Ed25519's.
  std::string Sign(std::string_view text) const;

 private:
  SigningKey(uint8_t algorithm, std::shared_ptr<evp_pkey_st> key);
  uint8_t algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
  std::string spki_;  // Encoding a key costs more than signing with it: once a key.
  std::string key_id_;
};

}  // namespace suyuan::rpc
