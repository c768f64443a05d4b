namespace Restante.Server.Configuration;

/// <summary>The two ways of OTLP.</summary>
public enum OtlpTransport
{
    /// <summary>gRPC, usually on port 4317.</summary>
    Grpc,

    /// <summary>Protocol buffers over HTTP, usually on port 4318.</summary>
    HttpProtobuf,
}
