// All that was read of a head, as one text that can be compared. Tests and fuzz targets only.
#pragma once
#include <string>
#include <string_view>

#include "net/head.hpp"

namespace apiforge::net {

inline std::string told(std::string_view first_line, const auto& head) {
  std::string text(first_line);
  const auto add = [&text](auto number) { text += "|" + std::to_string(number); };
  add(head.minor_version);
  add(static_cast<int>(head.framing));
  add(head.content_length);
  add(head.keep_alive);
  for (const Field& field : head.fields) {
    text.append("|").append(field.name).append(":").append(field.value);
    add(static_cast<int>(field.id));
  }
  return text;
}
inline std::string told(const RequestHead& head) {
  std::string line(head.method_text);
  line.append(" ")
      .append(head.target)
      .append(1, static_cast<char>('0' + static_cast<int>(head.method)));
  line.append(head.expects_continue ? "expects" : "").append(head.wants_upgrade ? "upgrade" : "");
  return told(line, head);
}
inline std::string told(const ResponseHead& head) {
  return told(std::to_string(head.status).append(head.reason), head);
}

}  // namespace apiforge::net
