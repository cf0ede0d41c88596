#include "services/rpc/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <fstream>
#include <iterator>

namespace suyuan::rpc {
namespace {

template <typename Owner, auto Next>
std::vector<Owner> AllOf(std::string_view pem) {
  std::vector<Owner> all;
  const Bio in = BioOf(pem);
  while (in != nullptr) {
    Owner one(Next(in.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) break;
    all.push_back(std::move(one));
  }
  ERR_clear_error();
  return all;
}

}  // namespace

Bio BioOf(std::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio, &data));
  return std::string(data, size);
}

std::optional<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<Certificate> CertificatesOf(std::string_view pem) {
  return AllOf<Certificate, PEM_read_bio_X509>(pem);
}

std::vector<Crl> CrlsOf(std::string_view pem) { return AllOf<Crl, PEM_read_bio_X509_CRL>(pem); }

}  // namespace suyuan::rpc
