# What nearly every file of a kind reads, besides small headers of our own.
set(SERVICES_HEADERS <google/protobuf/message.h> <absl/status/statusor.h>
  <absl/container/flat_hash_map.h> <absl/time/time.h> <functional> <map> <memory> <string> <vector>
  "${CMAKE_BINARY_DIR}/proto/suyuan/event/v1/event.pb.h")
suyuan_pch(services HEADERS ${SERVICES_HEADERS} DEPS suyuan_proto)
suyuan_pch(tests HEADERS ${SERVICES_HEADERS} <gmock/gmock.h> <gtest/gtest.h>
  DEPS suyuan_proto GTest::gtest GTest::gmock)
suyuan_pch(grpc HEADERS <grpcpp/grpcpp.h> <grpcpp/generic/generic_stub.h>
  <google/protobuf/message.h> <absl/status/statusor.h> <memory> <string> <vector>
  DEPS suyuan_proto gRPC::grpc++)
suyuan_pch(beast HEADERS <boost/asio.hpp> <boost/beast.hpp> <memory> <string> <vector>
  DEPS Boost::headers)
