// Package rtc is the goldfish real-time clock ("google,goldfish-rtc"): a 64-bit
// count of nanoseconds since 1970 that the guest may read and set, and one alarm
// with an interrupt. It knows the host's time only through device.Clock and never
// changes it: setting the time moves the guest's offset.
//
// One mutex guards all registers; the interrupt line is driven while it is held
// (see package device for the order). An armed alarm is a timer of the clock whose
// callback takes the mutex; Close stops it.
package rtc
