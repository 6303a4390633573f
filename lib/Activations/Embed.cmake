# Writes TEXT, the files INPUTS in one, and OUTPUT, that as a C++ raw string.
set(text "")
foreach(input IN LISTS INPUTS)
  file(READ "${input}" content)
  string(APPEND text "${content}\n")
endforeach()
file(WRITE "${OUTPUT}"
     "static constexpr char embeddedSources[] = R\"act(${text})act\";\n")
file(WRITE "${TEXT}" "${text}")
