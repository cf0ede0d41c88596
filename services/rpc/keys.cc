#include "services/rpc/keys.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "services/rpc/openssl.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr size_t kHalf = 32;
constexpr size_t kEd25519SpkiSize = 44, kP256SpkiSize = 91;
constexpr char kUncompressed = 4;  // First byte of such a point.

using Bignum = std::unique_ptr<BIGNUM, Free<BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The order of P-256, and half of it.
const BIGNUM* Order() {
  static const Bignum order = [] {
    BIGNUM* value = nullptr;
    SUYUAN_CHECK(
        BN_hex2bn(&value, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"));
    return Bignum(value);
  }();
  return order.get();
}
const BIGNUM* HalfOrder() {
  static const Bignum half = [] {
    Bignum value(BN_new());
    SUYUAN_CHECK(BN_rshift1(value.get(), Order()));
    return value;
  }();
  return half.get();
}

bool IsP256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

// Encodings of the points whose order divides 8, with their sign bit cleared (y alone): whoever
// enrols one could let any signature pass.
bool SmallOrder(std::string_view point) {
  static constexpr std::string_view kSmall[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  std::string y(point);
  y.back() &= 0x7f;
  const std::string hex = HexOf(y);
  for (const std::string_view small : kSmall) {
    if (hex == small) return true;
  }
  return false;
}

std::string DerOf(std::string_view signature) {
  const EcdsaSignature parsed(ECDSA_SIG_new());
  Bignum r(BN_bin2bn(Bytes(signature), kHalf, nullptr));
  Bignum s(BN_bin2bn(Bytes(signature) + kHalf, kHalf, nullptr));
  if (BN_cmp(s.get(), HalfOrder()) > 0) return "";
  SUYUAN_CHECK(ECDSA_SIG_set0(parsed.get(), r.release(), s.release()) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parsed.get(), &der);
  SUYUAN_CHECK(size > 0);
  const std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

// r ‖ s with low s.
std::string RawOf(std::string_view der) {
  const unsigned char* at = Bytes(der);
  const EcdsaSignature parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  SUYUAN_CHECK(parsed != nullptr);
  const Bignum s(BN_dup(ECDSA_SIG_get0_s(parsed.get())));
  if (BN_cmp(s.get(), HalfOrder()) > 0) SUYUAN_CHECK(BN_sub(s.get(), Order(), s.get()) == 1);
  std::string raw(kSignatureSize, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  SUYUAN_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out, kHalf) == kHalf);
  SUYUAN_CHECK(BN_bn2binpad(s.get(), out + kHalf, kHalf) == kHalf);
  return raw;
}

const EVP_MD* DigestOf(uint8_t algorithm) {
  // Fetched once: EVP_sha256() is looked up again at every use.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm == kEcdsaP256 ? sha256 : nullptr;  // Ed25519 hashes by itself.
}

}  // namespace

std::string KeyIdOf(uint8_t algorithm, std::string_view spki) {
  const char byte = static_cast<char>(algorithm);
  return std::string(AsBytes(Sha256({&byte, 1}, spki)).substr(0, 16));
}

absl::StatusOr<PublicKey> PublicKey::Parse(uint8_t algorithm, std::string_view spki) {
  const unsigned char* at = Bytes(spki);
  std::shared_ptr<EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())),
                                EVP_PKEY_free);
  if (key == nullptr || at != Bytes(spki) + spki.size()) {
    return absl::InvalidArgumentError("not a SubjectPublicKeyInfo");
  }
  // One encoding a key (named curve, whole point), as its id is a hash of it.
  if (algorithm == kEcdsaP256 && IsP256(key.get()) && spki.size() == kP256SpkiSize &&
      spki[spki.size() - 2 * kHalf - 1] == kUncompressed) {
    return PublicKey(algorithm, std::move(key));
  }
  if (algorithm == kEd25519 && EVP_PKEY_is_a(key.get(), "ED25519") &&
      spki.size() == kEd25519SpkiSize) {
    if (SmallOrder(spki.substr(spki.size() - kHalf))) {
      return absl::InvalidArgumentError("an Ed25519 key of small order");
    }
    return PublicKey(algorithm, std::move(key));
  }
  return absl::InvalidArgumentError("not a key of this algorithm");
}

bool PublicKey::Verify(std::string_view text, std::string_view signature) const {
  if (signature.size() != kSignatureSize) return false;
  const std::string encoded = algorithm_ == kEcdsaP256 ? DerOf(signature) : std::string(signature);
  if (encoded.empty()) return false;
  const Digest digest(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(digest.get(), nullptr, DigestOf(algorithm_), nullptr, key_.get()) ==
             1 &&
         EVP_DigestVerify(digest.get(), Bytes(encoded), encoded.size(), Bytes(text), text.size()) ==
             1;
}

SigningKey::SigningKey(uint8_t algorithm, std::shared_ptr<EVP_PKEY> key)
    : algorithm_(algorithm), key_(std::move(key)) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  SUYUAN_CHECK(size > 0);
  spki_.assign(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  key_id_ = KeyIdOf(algorithm_, spki_);
}

SigningKey SigningKey::Generate(uint8_t algorithm) {
  EVP_PKEY* key = algorithm == kEcdsaP256 ? EVP_EC_gen("P-256")
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  SUYUAN_CHECK(key != nullptr);
  return SigningKey(algorithm, std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

SigningKey SigningKey::FromSeed(std::string_view seed) {
  SUYUAN_CHECK(seed.size() == kHalf);
  EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size());
  SUYUAN_CHECK(key != nullptr);
  return SigningKey(kEd25519, std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

absl::StatusOr<SigningKey> SigningKey::FromPem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
                                EVP_PKEY_free);
  if (key == nullptr) return absl::InvalidArgumentError("not a private key in PEM");
  if (IsP256(key.get())) return SigningKey(kEcdsaP256, std::move(key));
  if (EVP_PKEY_is_a(key.get(), "ED25519")) return SigningKey(kEd25519, std::move(key));
  return absl::InvalidArgumentError("neither a P-256 nor an Ed25519 key");
}

absl::StatusOr<SigningKey> SigningKey::Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(StrCat("cannot read the key file ", path));
  return FromPem(std::string(std::istreambuf_iterator<char>(file), {}));
}

absl::Status SigningKey::Save(const std::string& path) const {
  const Bio bio(BIO_new(BIO_s_mem()));
  SUYUAN_CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr) == 1);
  char* pem = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio.get(), &pem));
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    const bool there = errno == EEXIST;
    return there ? absl::AlreadyExistsError(StrCat("the key file ", path, " is there already"))
                 : absl::PermissionDeniedError(StrCat("cannot create the key file ", path));
  }
  const bool written = write(file, pem, size) == static_cast<ssize_t>(size) && fsync(file) == 0;
  close(file);
  return written ? absl::OkStatus() : absl::InternalError(StrCat("cannot write ", path));
}

std::string SigningKey::Sign(std::string_view text) const {
  const Digest digest(EVP_MD_CTX_new());
  SUYUAN_CHECK(
      EVP_DigestSignInit(digest.get(), nullptr, DigestOf(algorithm_), nullptr, key_.get()) == 1);
  std::string signature(128, '\0');
  size_t size = signature.size();
  SUYUAN_CHECK(EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()),
                              &size, Bytes(text), text.size()) == 1);
  signature.resize(size);
  return algorithm_ == kEcdsaP256 ? RawOf(signature) : signature;
}

}  // namespace suyuan::rpc
