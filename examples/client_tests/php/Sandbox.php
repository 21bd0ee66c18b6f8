<?php
// Starts `frontdesk sandbox` and speaks to its control API. Copy this file; there is no package to install.
declare(strict_types=1);

final class Sandbox
{
    /** @param resource $process */
    private function __construct(private $process, public readonly array $ready)
    {
    }

    /** Starts a sandbox; FRONTDESK names the command where it is not on the path. */
    public static function start(string ...$options): self
    {
        $words = explode(' ', getenv('FRONTDESK') ?: 'frontdesk');
        $command = [...$words, 'sandbox', '--json', ...$options];
        $process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], STDERR], $pipes);
        $line = $process ? fgets($pipes[1]) : false;
        if ($line === false) {
            throw new RuntimeException('the sandbox did not start');
        }
        return new self($process, json_decode($line, true, flags: JSON_THROW_ON_ERROR));
    }

    /** Calls the control API: `control('PUT', '/clock', ['advance' => '2h'])`. */
    public function control(string $method, string $path, ?array $body = null): array
    {
        [$status, $answer] = self::send($method, $this->ready['control'] . $path, $body);
        if ($status >= 400) {
            throw new RuntimeException($answer['error'] ?? "status $status");
        }
        return $answer;
    }

    /** @return array{int, array} status and decoded body */
    public static function send(string $method, string $url, ?array $body = null, array $headers = []): array
    {
        $options = ['method' => $method, 'ignore_errors' => true, 'header' => [...$headers, 'Connection: close']];
        if ($body !== null) {
            $options['content'] = json_encode($body ?: new stdClass(), JSON_THROW_ON_ERROR);
            $options['header'][] = 'Content-Type: application/json';
        }
        $text = file_get_contents($url, false, stream_context_create(['http' => $options]));
        preg_match('/ (\d{3})/', $http_response_header[0] ?? '', $found);
        return [(int) ($found[1] ?? 0), json_decode((string) $text, true) ?? []];
    }

    public function stop(): void
    {
        proc_terminate($this->process, 2);
        proc_close($this->process);
    }
}
