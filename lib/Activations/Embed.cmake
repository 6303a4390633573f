# Writes OUTPUT: the text of the files INPUTS as one C++ raw string.
set(text "")
foreach(input IN LISTS INPUTS)
  file(READ "${input}" content)
  string(APPEND text "${content}\n")
endforeach()
file(WRITE "${OUTPUT}"
     "static constexpr char embeddedSources[] = R\"act(${text})act\";\n")
