import NeedletailCore
import Testing

@Suite struct CalendarDateTests {
    @Test("fields and days agree over eight hundred years")
    func roundTrip() {
        for days in stride(from: Int32(-200_000), to: 200_000, by: 7) {
            let date = CalendarDate(days: days)
            let fields = date.fields
            #expect(
                CalendarDate(year: fields.year, month: fields.month, day: fields.day) == date)
        }
    }

    @Test(
        "a day that does not exist is refused",
        arguments: [(2023, 2, 29), (2024, 4, 31), (2024, 13, 1), (2024, 1, 0)])
    func impossible(year: Int, month: Int, day: Int) {
        #expect(CalendarDate(year: year, month: month, day: day) == nil)
    }
}
