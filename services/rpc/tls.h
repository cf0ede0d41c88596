// gRPC's side of TLS. Files are read again every few seconds, so that a renewed certificate, or a
// longer list of revoked ones, holds without a restart. What cannot be used is not taken: a key
// that is not the certificate's, as between two files that are put in place, one that has expired.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "services/rpc/revocation.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace suyuan::rpc {

// How one end of a connection between processes is secured. All empty: not at all.
struct Tls {
  // A folder as in certificate.h, of who shows a certificate: a server, a module.
  std::string dir;
  // Modules among themselves: both ends show a certificate whose id is a module's of this domain
  // (certificate.h, IsModule). Empty: the client goes by the server's host name and shows none.
  std::string trust_domain;
  std::string module;  // Of a client: the module that the server must have.
  // Of a client that shows none: a PEM file of those it believes, or kSystemAuthorities.
  std::string authorities;

  bool on() const { return !dir.empty() || !authorities.empty(); }
};
inline constexpr char kSystemAuthorities[] = "system";

// Whether an address ("127.0.0.1:7100", "unix:/path") cannot be reached from another machine.
bool IsLocalAddress(std::string_view address);

// What CRLs say of peers; null where they show no certificate.
std::shared_ptr<Revocations> RevocationsOf(const Tls& tls);

// To be kept for as long as what is made with them: files are looked at while they are.
std::shared_ptr<grpc::ServerCredentials> ServerCredentialsOf(const Tls& tls);
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentialsOf(const Tls& tls);

}  // namespace suyuan::rpc
