# What nearly every file of a kind reads, besides small headers of our own.
set(SERVICES_HEADERS <google/protobuf/message.h> <absl/status/statusor.h>
  <absl/container/flat_hash_map.h> <absl/time/time.h> <functional> <map> <memory> <string> <vector>
  "${CMAKE_BINARY_DIR}/proto/suyuan/event/v1/event.pb.h")
suyuan_pch(storage HEADERS <absl/container/flat_hash_map.h> <absl/status/statusor.h>
  <absl/strings/str_cat.h> <functional> <map> <memory> <string> <vector>
  DEPS absl::statusor absl::flat_hash_map)
suyuan_pch(services HEADERS ${SERVICES_HEADERS} DEPS suyuan_proto)
# Tests are compiled without optimisation: what they drive is not, and they are half of all code.
suyuan_pch(tests HEADERS ${SERVICES_HEADERS} <gmock/gmock.h> <gtest/gtest.h>
  DEPS suyuan_proto GTest::gtest GTest::gmock)
target_compile_options(suyuan_pch_tests PRIVATE -O0)
suyuan_pch(grpc HEADERS <grpcpp/grpcpp.h> <grpcpp/generic/generic_stub.h>
  <google/protobuf/message.h> <absl/status/statusor.h> <memory> <string> <vector>
  DEPS suyuan_proto gRPC::grpc++)
suyuan_pch(beast HEADERS <boost/asio.hpp> <boost/beast.hpp> <memory> <string> <vector>
  DEPS Boost::headers)
