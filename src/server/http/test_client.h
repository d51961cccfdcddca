// For tests: a client on a raw socket or over TLS, which sends exactly the bytes it is given.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/http/test_tls.h"

namespace rappel {

class Client {
 public:
  explicit Client(std::uint16_t port, const std::optional<TestTlsOptions>& tls = {})
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connected_ && tls) tls_ = std::make_unique<TestTls>(socket_, *tls);
  }
  ~Client() { close(); }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  bool connected() const { return connected_; }
  // A small receive buffer fills up early when the test does not read.
  void shrink_receive_buffer() {
    const int bytes = 4096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  void stop_sending() {
    if (tls_) tls_->stop_sending();
    ::shutdown(socket_, SHUT_WR);
  }
  const TestTls& tls() const { return *tls_; }

  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = tls_ ? tls_->send(text.data(), text.size())
                                : ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // The next answer: its header and as much body as Content-Length says. Empty when the connection ended.
  std::string answer(bool without_body = false) {
    std::size_t end;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return {};
    end += 4;
    const std::size_t field = received_.find("content-length: ");
    std::size_t length = 0;
    if (!without_body && field < end) length = std::stoul(received_.substr(field + 16));
    while (received_.size() < end + length)
      if (!receive()) return {};
    std::string out = received_.substr(0, end + length);
    received_.erase(0, end + length);
    return out;
  }
  // Everything up to the end of the connection.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  // Waits until this text has arrived; false when the connection ends before.
  bool until(std::string_view text) {
    while (received_.find(text) == std::string::npos)
      if (!receive()) return false;
    return true;
  }
  // Whether the server ends the connection with nothing more to say.
  bool ended() { return received_.empty() && !receive() && errno != EAGAIN; }

 private:
  bool receive() {
    char buffer[4096];
    ssize_t got;
    do {  // a reader that ends interrupts the call
      errno = 0;
      got = tls_ ? tls_->recv(buffer, sizeof buffer) : ::recv(socket_, buffer, sizeof buffer, 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) received_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }
  int socket_;
  bool connected_ = false;
  std::unique_ptr<TestTls> tls_;  // null: plain
  std::string received_;
};

// For tests that run with both transports; the parameter is whether they use TLS.
inline std::string transport_name(const testing::TestParamInfo<bool>& test) {
  return test.param ? "Tls" : "Plain";
}

inline int status_of(const std::string& answer) {
  return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
}
inline bool says(const std::string& answer, const std::string& text) {
  return answer.find(text) != std::string::npos;
}

}  // namespace rappel
