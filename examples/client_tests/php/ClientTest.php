<?php
// phpunit ClientTest.php
declare(strict_types=1);

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Sandbox.php';

final class ClientTest extends TestCase
{
    private static Sandbox $sandbox;

    public static function setUpBeforeClass(): void
    {
        self::$sandbox = Sandbox::start('--dialect', 'wc_bookings', '--now', '2026-03-02T10:00:00Z');
    }

    public static function tearDownAfterClass(): void
    {
        self::$sandbox->stop();
    }

    protected function setUp(): void
    {
        self::$sandbox->control('POST', '/reset');
    }

    /** The client under test: books an hour of the meeting room. */
    private function book(int $hour): array
    {
        $keys = self::$sandbox->ready['dialects']['wc_bookings'];
        $start = gmmktime($hour, 0, 0, 3, 11, 2026);
        $body = ['product_id' => 1101, 'start' => $start, 'end' => $start + 3600, 'status' => 'confirmed'];
        $login = 'Authorization: Basic ' . base64_encode("{$keys['consumer_key']}:{$keys['consumer_secret']}");
        return Sandbox::send('POST', self::$sandbox->ready['url'] . '/wp-json/wc-bookings/v1/bookings', $body, [$login]);
    }

    public function testABookingIsMade(): void
    {
        [$status, $booking] = $this->book(10);
        $this->assertSame(201, $status);
        $this->assertSame(1101, $booking['product_id']);
        $asked = http_build_query(['method' => 'POST', 'path' => '*/bookings', 'times' => 1]);
        $this->assertTrue(self::$sandbox->control('GET', "/journal?$asked")['as_expected']);
    }

    public function testWhatIsTakenIsRefused(): void
    {
        $this->book(10);
        $this->assertSame(409, $this->book(10)[0]);
    }

    public function testSomebodyElseMayBeQuicker(): void
    {
        self::$sandbox->control('POST', '/faults', ['kind' => 'full', 'times' => 1]);
        $this->assertSame(409, $this->book(10)[0]);
        $this->assertSame(201, $this->book(10)[0]);
    }

    public function testTheShopMayBeDown(): void
    {
        self::$sandbox->control('POST', '/faults', ['kind' => 'page', 'status' => 502]);
        $this->assertSame(502, $this->book(10)[0]);
    }
}
