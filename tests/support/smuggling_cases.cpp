#include "support/smuggling_cases.hpp"

#include <string_view>
#include <utility>

namespace apiforge::testing_support {
namespace {

using Cases = std::vector<SmugglingCase>;

constexpr std::string_view kChunks = "5\r\nhello\r\n0\r\n\r\n";

std::string post(std::string_view fields, std::string_view body) {
  return std::string("POST /proxy/echo/victim HTTP/1.1\r\nHost: a\r\n")
      .append(fields)
      .append("\r\n")
      .append(body);
}

std::string in_hex(unsigned byte) {
  static constexpr char kDigits[] = "0123456789abcdef";
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

void add_lengths(Cases& cases) {
  for (const std::string value : {"+5",
                                  "-5",
                                  "-0",
                                  "0x5",
                                  "5,5",
                                  "5, 5",
                                  "5 5",
                                  "5;",
                                  "5.0",
                                  "5e0",
                                  "\"5\"",
                                  "five",
                                  "",
                                  " ",
                                  ",",
                                  "5,",
                                  ",5",
                                  "5\t5",
                                  "05x",
                                  "18446744073709551616",
                                  "18446744073709551621",
                                  "99999999999999999999999999",
                                  "\v5",
                                  "5\v",
                                  "\xc2\xa0"
                                  "5",
                                  "٥",
                                  "0b101",
                                  "0o5",
                                  "5_0",
                                  "1,5",
                                  "5\\",
                                  "(5)",
                                  "5#",
                                  "Infinity",
                                  "NaN",
                                  "true"}) {
    cases.push_back(
        {"Content-Length '" + value + "'", post("Content-Length: " + value + "\r\n", "hello")});
  }
  for (const std::string pair : {"5|5", "5|6", "6|5", "0|5", "5|0", "05|5", "5|+5", "5|five"}) {
    const auto bar = pair.find('|');
    cases.push_back({"two Content-Lengths " + pair,
                     post("Content-Length: " + pair.substr(0, bar) +
                              "\r\nContent-Length: " + pair.substr(bar + 1) + "\r\n",
                          "hello")});
  }
}

void add_codings(Cases& cases) {
  for (const std::string value : {"xchunked",
                                  "chunkedx",
                                  "chunked;q=1",
                                  "chunked, chunked",
                                  "chunked,",
                                  ",chunked",
                                  "identity",
                                  "gzip",
                                  "gzip, chunked",
                                  "chunked, gzip",
                                  "identity, chunked",
                                  "chunked, identity",
                                  "\"chunked\"",
                                  "'chunked'",
                                  "chunked chunked",
                                  "chunk",
                                  "chunked;",
                                  "chunked\v",
                                  "\vchunked",
                                  "chunked\f",
                                  "\x01chunked",
                                  "x",
                                  "",
                                  " ",
                                  "chunked=1",
                                  "c hunked",
                                  "chun\tked",
                                  "chunked\x7f",
                                  "deflate",
                                  "compress",
                                  "trailers",
                                  "cow",
                                  "chunked;foo=bar",
                                  "\xef\xbb\xbf"
                                  "chunked",
                                  "chunked\xa0",
                                  "chun%6bed"}) {
    cases.push_back({"Transfer-Encoding '" + value + "'",
                     post("Transfer-Encoding: " + value + "\r\n", kChunks)});
  }
  for (const std::string order : {"CT", "TC"}) {
    for (const std::string length : {"0", "4", "5", "15", "1000"}) {
      for (const std::string coding : {"chunked", "Chunked", "identity", "x"}) {
        const std::string c = "Content-Length: " + length + "\r\n";
        const std::string t = "Transfer-Encoding: " + coding + "\r\n";
        cases.push_back({"both, " + order + " " + length + " " + coding,
                         post(order == "CT" ? c + t : t + c, kChunks)});
      }
    }
  }
  for (const std::string second : {"chunked", "identity", "gzip", "x", ""}) {
    cases.push_back(
        {"two Transfer-Encodings, " + second,
         post("Transfer-Encoding: chunked\r\nTransfer-Encoding: " + second + "\r\n", kChunks)});
    cases.push_back(
        {"two Transfer-Encodings, the first " + second,
         post("Transfer-Encoding: " + second + "\r\nTransfer-Encoding: chunked\r\n", kChunks)});
  }
  cases.push_back({"a coding in HTTP/1.0",
                   "POST /proxy/echo/victim HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                   "Connection: keep-alive\r\n\r\n" +
                       std::string(kChunks)});
}

void add_names(Cases& cases) {
  for (const std::string name : {"Content-Length", "Transfer-Encoding"}) {
    const std::string value = name == "Content-Length" ? "5" : "chunked";
    const std::string body = name == "Content-Length" ? "hello" : std::string(kChunks);
    const std::vector<std::pair<std::string, std::string>> lines = {
        {"space before the colon", name + " : " + value},
        {"tab before the colon", name + "\t: " + value},
        {"space before the name", " " + name + ": " + value},
        {"tab before the name", "\t" + name + ": " + value},
        {"no colon", name + " " + value},
        {"bare CR before the name", "\r" + name + ": " + value},
        {"bare CR in the value", name + ": " + value + "\rX: y"},
        {"bare LF instead of a line end", "X: y\n" + name + ": " + value},
        {"folded value", name + ":\r\n " + value},
        {"folded value, tab", name + ":\r\n\t" + value},
        {"folded other field", "X: y\r\n " + name + ": " + value},
        {"NUL after the name", name + std::string(1, '\0') + ": " + value},
        {"NUL in the value", name + ": " + value + std::string(1, '\0')},
        {"NUL before the value", name + ": " + std::string(1, '\0') + value},
        {"vertical tab before the colon", name + "\v: " + value},
        {"form feed before the value", name + ":\f" + value},
        {"byte above 0x7f in the name", name + "\xff: " + value},
        {"empty name before", ": x\r\n" + name + ": " + value},
        {"brackets around the name", "[" + name + "]: " + value},
        {"name in quotes", "\"" + name + "\": " + value},
        {"comma in the name", name + ",: " + value},
    };
    for (const auto& [what, line] : lines) {
      cases.push_back({name + ", " + what, post(line + "\r\n", body)});
    }
  }
  // CVE-2019-9900 of Envoy and its relatives.
  for (unsigned byte = 0; byte < 0x21; ++byte) {
    const bool allowed_in_value = byte == '\t' || byte == ' ' || byte == '\r' || byte == '\n';
    const std::string c(1, static_cast<char>(byte));
    cases.push_back({"name with " + in_hex(byte), post("X" + c + "Y: z\r\n", "")});
    if (!allowed_in_value) {
      cases.push_back({"value with " + in_hex(byte), post("X: y" + c + "z\r\n", "")});
    }
  }
  cases.push_back({"value with DEL", post("X: y\x7fz\r\n", "")});
}

void add_chunks(Cases& cases) {
  for (const std::string body : {"-5\r\nhello\r\n0\r\n\r\n",
                                 "+5\r\nhello\r\n0\r\n\r\n",
                                 "0x5\r\nhello\r\n0\r\n\r\n",
                                 " 5\r\nhello\r\n0\r\n\r\n",
                                 "5g\r\nhello\r\n0\r\n\r\n",
                                 "\r\nhello\r\n0\r\n\r\n",
                                 "5\nhello\r\n0\r\n\r\n",
                                 "5\rhello\r\n0\r\n\r\n",
                                 "5\r\nhelloXX0\r\n\r\n",
                                 "5\r\nhello\n0\r\n\r\n",
                                 "5\r\nhello0\r\n\r\n",
                                 "5\r\nhello!\r\n0\r\n\r\n",
                                 "4\r\nhello\r\n0\r\n\r\n",
                                 "10000000000000005\r\nhello\r\n0\r\n\r\n",
                                 "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
                                 "8000000000000000\r\nhello\r\n0\r\n\r\n",
                                 "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
                                 "five\r\nhello\r\n0\r\n\r\n",
                                 "5 5\r\nhello\r\n0\r\n\r\n",
                                 "5,\r\nhello\r\n0\r\n\r\n",
                                 "5\r\nhello\r\n0\r\n: x\r\n\r\n",
                                 "5\r\nhello\r\n0\r\nX y\r\n\r\n",
                                 "5\r\nhello\r\n0\r\n X: y\r\n\r\n",
                                 "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
                                 "5;a\nb\r\nhello\r\n0\r\n\r\n",
                                 "5;\r\r\nhello\r\n0\r\n\r\n",
                                 "\xb2\r\nhello\r\n0\r\n\r\n",
                                 "5\r\nhello\r\n00x\r\n\r\n",
                                 "5\r\nhello\r\n-0\r\n\r\n",
                                 "5\r\nhello\r\n0\n\r\n",
                                 "5\r\nhello\r\n0\r\nX: y\n\r\n"}) {
    cases.push_back({"chunks '" + body + "'", post("Transfer-Encoding: chunked\r\n", body)});
  }
}

void add_request_lines(Cases& cases) {
  for (const std::string line : {"POST /proxy/echo/victim HTTP/1.1 HTTP/1.1",
                                 "POST  /proxy/echo/victim HTTP/1.1",
                                 "POST /proxy/echo/victim  HTTP/1.1",
                                 "POST\t/proxy/echo/victim HTTP/1.1",
                                 "POST /proxy/echo/victim\tHTTP/1.1",
                                 " POST /proxy/echo/victim HTTP/1.1",
                                 "POST /proxy/echo/victim HTTP/1.2",
                                 "POST /proxy/echo/victim HTTP/2.0",
                                 "POST /proxy/echo/victim HTTP/0.9",
                                 "POST /proxy/echo/victim HTTP/1.10",
                                 "POST /proxy/echo/victim HTTP/11",
                                 "POST /proxy/echo/victim http/1.1",
                                 "POST /proxy/echo/victim HTTP/1.1 ",
                                 "POST /proxy/echo/victim HTTP/ 1.1",
                                 "POST /proxy/echo/victim",
                                 "POST /proxy/echo/vic tim HTTP/1.1",
                                 "POST HTTP/1.1",
                                 "P\x01ST /proxy/echo/victim HTTP/1.1",
                                 "PO\"ST /proxy/echo/victim HTTP/1.1",
                                 "P(ST) /proxy/echo/victim HTTP/1.1",
                                 "POST /proxy/echo/victim\v HTTP/1.1",
                                 "POST /proxy/echo/\x80victim HTTP/1.1",
                                 "POST /proxy/echo/vic\x7ftim HTTP/1.1",
                                 "POST http:///proxy/echo/victim HTTP/1.1",
                                 "POST ftp://a/proxy/echo/victim HTTP/1.1",
                                 "POST * HTTP/1.1",
                                 "POST proxy/echo/victim HTTP/1.1",
                                 "CONNECT a:443 HTTP/1.1"}) {
    cases.push_back({"'" + line + "'", line + "\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"});
  }
  for (const std::string hosts :
       {"", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n"}) {
    cases.push_back({"hosts '" + hosts + "'", "POST /proxy/echo/victim HTTP/1.1\r\n" + hosts +
                                                  "Content-Length: 5\r\n\r\nhello"});
  }
  cases.push_back({"two credentials", post("Authorization: a\r\nAuthorization: b\r\n", "")});
  cases.push_back({"two keys", post("X-API-Key: a\r\nX-API-Key: b\r\n", "")});
}

}  // namespace

std::vector<SmugglingCase> smuggling_cases() {
  Cases cases;
  add_lengths(cases);
  add_codings(cases);
  add_names(cases);
  add_chunks(cases);
  add_request_lines(cases);
  return cases;
}

}  // namespace apiforge::testing_support
