// Asio types of this module. Included by the .cpp files of net/ only: it costs seconds to compile.
#pragma once
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/io.hpp"

namespace apiforge::net::detail {

namespace asio = boost::asio;
/// The executor type is spelled out: the type-erased default costs an indirection per operation.
using Executor = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

inline IoStatus to_status(const boost::system::error_code& error) {
  if (!error) return IoStatus::Ok;
  if (error == asio::error::eof) return IoStatus::EndOfStream;
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
    return IoStatus::Closed;
  }
  return IoStatus::Reset;
}

}  // namespace apiforge::net::detail
