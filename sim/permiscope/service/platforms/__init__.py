"""Which permissions do real platforms offer? Each platform is a data file beside this one."""
