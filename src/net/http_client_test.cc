#include "net/http_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/test_server.h"

namespace rappel {
namespace {

std::string redirect(const std::string& to) {
  return "HTTP/1.1 302 Found\r\nConnection: close\r\nX-Linked-Size: 7\r\nLocation: " + to +
         "\r\nContent-Length: 3\r\n\r\nbye";
}

class StringSink : public HttpSink {
 public:
  Status begin(const HttpResponse& response) override {
    status = response.status;
    ++begins;
    return {};
  }
  Status write(std::string_view bytes) override {
    body += bytes;
    return body.size() > limit ? Status(Code::kResourceExhausted, "the sink is full") : Status();
  }
  int status = 0;
  int begins = 0;
  std::string body;
  std::size_t limit = 1 << 30;
};

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

TEST(HttpClient, GetWithHeaders) {
  TinyServer server([](const std::string&) { return ok("hello", "X-Thing:  a b \r\n"); });
  const HttpClient client({});
  HttpRequest request = get(server.url("/p?q=1"));
  request.headers = {{"X-Own", "1"}};
  const auto response = client.send(request);
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->header("x-thing"), "a b");
  EXPECT_EQ(response->header("absent"), "");
  const std::string head = server.heads().at(0);
  EXPECT_EQ(head.rfind("GET /p?q=1 HTTP/1.1\r\n", 0), 0u) << head;
  EXPECT_NE(head.find("X-Own: 1\r\n"), std::string::npos);
  EXPECT_NE(head.find("User-Agent: rappel/"), std::string::npos);
}

TEST(HttpClient, HeadHasNoBody) {
  TinyServer server([](const std::string&) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 99\r\n\r\n";
  });
  const HttpClient client({});
  HttpRequest request = get(server.url());
  request.method = HttpMethod::kHead;
  const auto response = client.send(request);
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(response->header("content-length"), "99");
  EXPECT_EQ(response->body, "");
}

TEST(HttpClient, TheTokenStaysWithItsOrigin) {
  TinyServer other([](const std::string&) { return ok("blob"); });
  TinyServer server([&](const std::string& head) {
    return redirect(head.starts_with("GET /a ") ? "/b" : other.url("/blob?signature=s"));
  });
  const HttpClient client({});
  HttpRequest request = get(server.url("/a"));
  request.bearer_token = "secret";
  const auto response = client.send(request);
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(response->body, "blob");
  ASSERT_EQ(server.heads().size(), 2u);
  EXPECT_NE(server.heads()[1].find("Authorization: Bearer secret\r\n"), std::string::npos);  // same origin
  EXPECT_EQ(other.heads().at(0).find("secret"), std::string::npos);                          // another port
}

TEST(HttpClient, DroppedTokenIsNotSentAgain) {
  std::string back;
  TinyServer other([&](const std::string&) { return redirect(back); });
  TinyServer server(
      [&](const std::string& head) { return head.starts_with("GET /a ") ? redirect(other.url()) : ok("x"); });
  back = server.url("/end");
  HttpRequest request = get(server.url("/a"));
  request.bearer_token = "secret";
  ASSERT_TRUE(HttpClient({}).send(request).ok());
  EXPECT_EQ(server.heads().at(1).find("secret"), std::string::npos);
}

TEST(HttpClient, ForeignRedirectCanBeTheResponse) {
  TinyServer server([](const std::string& head) {
    return redirect(head.starts_with("GET /a ") ? "b" : "http://127.0.0.2:1/x");
  });
  HttpRequest request = get(server.url("/a"));
  request.redirects = HttpRedirects::kSameOrigin;
  const auto response = HttpClient({}).send(request);
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->header("x-linked-size"), "7");
  EXPECT_EQ(response->header("location"), "http://127.0.0.2:1/x");
}

TEST(HttpClient, RedirectPolicy) {
  EXPECT_EQ(redirect_target("https://a.test/x/y?q", "../z").value(), "https://a.test/z");
  EXPECT_EQ(redirect_target("http://a.test/", "https://b.test/z").value(), "https://b.test/z");
  EXPECT_EQ(redirect_target("https://a.test/", "//b.test/z").value(), "https://b.test/z");
  const auto downgrade = redirect_target("https://a.test/", "http://b.test/z?signature=s");
  ASSERT_EQ(downgrade.status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(downgrade.status().message().find("signature"), std::string::npos);
  EXPECT_EQ(redirect_target("https://a.test/", "file:///etc/passwd").status().code(),
            Code::kFailedPrecondition);
  EXPECT_TRUE(same_origin("https://A.test/x", "https://a.test:443/y"));
  EXPECT_FALSE(same_origin("https://a.test/", "http://a.test/"));
  EXPECT_FALSE(same_origin("http://a.test:1/", "http://a.test:2/"));
  EXPECT_FALSE(same_origin("junk", "junk"));
  EXPECT_EQ(printable_url("https://user:pw@a.test:8443/p?token=x#f"), "https://a.test:8443/p");
}

TEST(HttpClient, RedirectLoopsEnd) {
  TinyServer server([](const std::string&) { return redirect("/again"); });
  HttpClientOptions options;
  options.max_redirects = 3;
  const auto response = HttpClient(options).send(get(server.url()));
  EXPECT_EQ(response.status().code(), Code::kUnavailable);
  EXPECT_EQ(server.heads().size(), 4u);
}

TEST(HttpClient, RangeGoesToTheSink) {
  TinyServer server([](const std::string& head) {
    EXPECT_NE(head.find("Range: bytes=5-\r\n"), std::string::npos) << head;
    return "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nContent-Range: bytes "
           "5-7/8\r\nContent-Length: 3\r\n\r\nfgh";
  });
  StringSink sink;
  HttpRequest request = get(server.url());
  request.range_begin = 5;
  request.sink = &sink;
  const auto response = HttpClient({}).send(request);
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(sink.status, 206);
  EXPECT_EQ(sink.body, "fgh");
  EXPECT_EQ(response->body, "");
}

TEST(HttpClient, AnEmptyBodyStillBeginsTheSinkOnce) {
  TinyServer server([](const std::string&) { return ok(""); });
  StringSink sink;
  HttpRequest request = get(server.url());
  request.sink = &sink;
  ASSERT_TRUE(HttpClient({}).send(request).ok());
  EXPECT_EQ(sink.begins, 1);
}

TEST(HttpClient, ErrorBodyDoesNotReachTheSink) {
  TinyServer server([](const std::string&) {
    return "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 4\r\n\r\ngone";
  });
  StringSink sink;
  HttpRequest request = get(server.url());
  request.sink = &sink;
  const auto response = HttpClient({}).send(request);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "gone");
  EXPECT_EQ(sink.begins, 0);
}

TEST(HttpClient, CutBodyIsUnavailable) {
  TinyServer server([](const std::string&) { return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"; });
  StringSink sink;
  HttpRequest request = get(server.url("/p?signature=s"));
  request.sink = &sink;
  const auto response = HttpClient({}).send(request);
  ASSERT_EQ(response.status().code(), Code::kUnavailable);
  EXPECT_EQ(sink.body, "abc");
  EXPECT_NE(response.status().message().find(server.url("/p")), std::string::npos);
  EXPECT_EQ(response.status().message().find("signature"), std::string::npos);
}

TEST(HttpClient, TheSinkCanEndTheTransfer) {
  TinyServer server([](const std::string&) { return ok(std::string(100000, 'x')); });
  StringSink sink;
  sink.limit = 10;
  HttpRequest request = get(server.url());
  request.sink = &sink;
  EXPECT_EQ(HttpClient({}).send(request).status().message(), "the sink is full");
}

TEST(HttpClient, TheBodyHasALimit) {
  TinyServer server([](const std::string&) { return ok(std::string(100, 'x')); });
  HttpRequest request = get(server.url());
  request.max_body = 99;
  EXPECT_EQ(HttpClient({}).send(request).status().code(), Code::kResourceExhausted);
  request.max_body = 100;
  EXPECT_TRUE(HttpClient({}).send(request).ok());
}

TEST(HttpClient, CancelEndsAWait) {
  std::stop_source stop;
  TinyServer server([&](const std::string&) {
    stop.request_stop();  // while the client waits for the answer
    std::this_thread::sleep_for(std::chrono::seconds(3));
    return ok("late");
  });
  HttpRequest request = get(server.url());
  request.cancel = stop.get_token();
  EXPECT_EQ(HttpClient({}).send(request).status().code(), Code::kCancelled);
}

TEST(HttpClient, StallIsUnavailable) {
  TinyServer server([&](const std::string&) {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    return ok("late");
  });
  HttpClientOptions options;
  options.stall_timeout_s = 1;
  const auto response = HttpClient(options).send(get(server.url()));
  ASSERT_EQ(response.status().code(), Code::kUnavailable);
  EXPECT_NE(response.status().message().find("1 s without a byte"), std::string::npos)
      << response.status().message();
}

TEST(HttpClient, ProxyByOptionOnly) {
  TinyServer proxy([](const std::string& head) {
    EXPECT_TRUE(head.starts_with("GET http://nowhere.test/x HTTP/1.1\r\n")) << head;
    return ok("from the proxy");
  });
  HttpClientOptions options;
  options.http_proxy = proxy.url();
  const auto response = HttpClient(options).send(get("http://nowhere.test/x"));
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(response->body, "from the proxy");

  ::setenv("http_proxy", proxy.url().c_str(), 1);
  TinyServer server([](const std::string&) { return ok("direct"); });
  const auto direct = HttpClient({}).send(get(server.url()));
  ::unsetenv("http_proxy");
  ASSERT_TRUE(direct.ok()) << direct.status().message();
  EXPECT_EQ(direct->body, "direct");

  options.no_proxy = "127.0.0.1";
  EXPECT_EQ(HttpClient(options).send(get(server.url())).value().body, "direct");
}

TEST(HttpClient, ConnectionRefused) {
  std::string url;
  {
    TinyServer gone([](const std::string&) { return ok(""); });
    url = gone.url();
  }
  const auto response = HttpClient({}).send(get(url));
  ASSERT_EQ(response.status().code(), Code::kUnavailable);
  EXPECT_NE(response.status().message().find("no connection"), std::string::npos)
      << response.status().message();
}

TEST(HttpClient, RefusedRequests) {
  const HttpClient client({});
  for (const char* url : {"", "ftp://a/", "file:///etc/passwd", "a b"})
    EXPECT_EQ(client.send(get(url)).status().code(), Code::kInvalidArgument) << url;
  HttpRequest request = get("http://127.0.0.1:1/");
  request.bearer_token = "a\r\nX-Injected: 1";
  const auto response = client.send(request);
  EXPECT_EQ(response.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(response.status().message().find("Injected"), std::string::npos);
}

TEST(HttpClient, MethodsWithBodies) {
  TinyServer server([](const std::string&) { return ok("done"); });
  const HttpClient client({});
  HttpRequest request = get(server.url("/p"));
  request.headers = {{"Content-Type", "application/json"}};
  request.body = std::string("{\"a\":\"") + std::string(1, '\0') + "\"}";  // bytes, not a C string
  for (const auto& [method, line] : {std::pair(HttpMethod::kPost, "POST /p HTTP/1.1\r\n"),
                                     std::pair(HttpMethod::kPut, "PUT /p HTTP/1.1\r\n"),
                                     std::pair(HttpMethod::kDelete, "DELETE /p HTTP/1.1\r\n")}) {
    request.method = method;
    const auto response = client.send(request);
    ASSERT_TRUE(response.ok()) << response.status().message();
    EXPECT_EQ(response->body, "done");
    const std::string seen = server.heads().back();
    EXPECT_TRUE(seen.starts_with(line)) << seen;
    EXPECT_TRUE(seen.ends_with("\r\n\r\n" + request.body)) << seen;
    EXPECT_NE(seen.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(seen.find("Expect:"), std::string::npos);
  }
}

TEST(HttpClient, MethodsWithoutBodies) {
  TinyServer server([](const std::string&) { return ok(""); });
  const HttpClient client({});
  HttpRequest request = get(server.url());
  for (const HttpMethod method : {HttpMethod::kPost, HttpMethod::kPut, HttpMethod::kDelete}) {
    request.method = method;
    ASSERT_TRUE(client.send(request).ok());
    const std::string seen = server.heads().back();
    EXPECT_EQ(seen.find("Content-Type"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("Content-Length: 0") == std::string::npos, method == HttpMethod::kDelete) << seen;
  }
  // The handle is used again: nothing of the last request stays.
  ASSERT_TRUE(client.send(get(server.url())).ok());
  EXPECT_TRUE(server.heads().back().starts_with("GET / HTTP/1.1\r\n")) << server.heads().back();
}

TEST(HttpClient, LargeBodyArrives) {
  TinyServer server([](const std::string&) { return ok(""); });
  HttpRequest request = get(server.url());
  request.method = HttpMethod::kPost;
  request.body = std::string(2'000'000, 'b');
  ASSERT_TRUE(HttpClient({}).send(request).ok());
  EXPECT_TRUE(server.heads().at(0).ends_with("\r\n\r\n" + request.body));
}

TEST(HttpClient, BodiesFollow307And308WithinTheOriginOnly) {
  std::string status = "307", to = "/new";
  TinyServer server([&](const std::string& head) {
    if (head.starts_with("POST /new ")) return ok("arrived");
    return "HTTP/1.1 " + status + " X\r\nConnection: close\r\nLocation: " + to +
           "\r\nContent-Length: 0\r\n\r\n";
  });
  TinyServer other([](const std::string&) { return ok("stolen"); });
  const HttpClient client({});
  HttpRequest request = get(server.url("/old"));
  request.method = HttpMethod::kPost;
  request.body = "secret text";
  for (const char* kept : {"307", "308"}) {
    status = kept;
    EXPECT_EQ(client.send(request)->body, "arrived");
    EXPECT_TRUE(server.heads().back().ends_with("secret text"));
  }
  for (const char* changed : {"301", "302", "303"}) {
    status = changed;
    EXPECT_EQ(client.send(request)->status, std::stoi(changed));
  }
  status = "307";
  to = other.url();
  EXPECT_EQ(client.send(request)->status, 307);
  EXPECT_TRUE(other.heads().empty());
}

TEST(HttpClient, DeadlineEndsTheExchange) {
  std::atomic<bool> end{false};
  TinyServer server([&](const std::string&) {
    while (!end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return ok("late");
  });
  HttpRequest request = get(server.url("/slow?secret=1"));
  request.method = HttpMethod::kPost;
  request.timeout = std::chrono::milliseconds(50);
  const auto response = HttpClient({}).send(request);
  end = true;
  EXPECT_EQ(response.status().code(), Code::kDeadlineExceeded);
  EXPECT_NE(response.status().message().find("/slow: no response within 50 ms"), std::string::npos)
      << response.status().message();
}

TEST(HttpClient, ManyThreadsShareOneClient) {
  TinyServer server([](const std::string& head) { return ok(head.substr(4, head.find(' ', 4) - 4)); });
  const HttpClient client({});
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto response = client.send(get(server.url(path)));
        if (response.ok() && response->body == path) ++good;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
}

}  // namespace
}  // namespace rappel
