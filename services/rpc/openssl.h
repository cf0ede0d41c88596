// OpenSSL's objects with owners, and PEM into them. Pure but for ReadPem.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace suyuan::rpc {

template <auto Function>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    Function(object);
  }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Crl = std::unique_ptr<X509_CRL, Free<X509_CRL_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

Bio BioOf(std::string_view bytes);  // Which must outlive it.
std::string TextOf(BIO* bio);       // What was written into a BIO in memory.
std::optional<std::string> ReadPem(
    const std::string& path);  // The file; nothing: it cannot be read.

// As many as stand there before one that cannot be read.
std::vector<Certificate> CertificatesOf(std::string_view pem);
std::vector<Crl> CrlsOf(std::string_view pem);

template <auto Encode, typename T>
std::string DerOf(const T* object) {
  uint8_t* bytes = nullptr;
  const int size = Encode(object, &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size > 0 ? size : 0));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace suyuan::rpc
