namespace Restante.Core.Tests.Fuzzing;

/// <summary>Certificates and a revocation list made with OpenSSL, good until 2126, to be damaged.</summary>
internal static class CertificateExamples
{
    /// <summary>An authority with an ECDSA key.</summary>
    public static byte[] Authority => Convert.FromBase64String(
        """
        MIIBbDCCARKgAwIBAgIUP/TvoZvLs1e/WknHH5qYLXiJ4zMwCgYIKoZIzj0EAwIwEzERMA8GA1UEAwwITWFrZXIgQ0EwIBcNMjYxMTI1MjI0OTQ3WhgPMjEy
        NjExMDEyMjQ5NDdaMBMxETAPBgNVBAMMCE1ha2VyIENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+hSC53w0VcA/QFqEnSbfCbDm5mBm3VMzqTFfVqZg
        PW3ldDbV/uMjR8H1G+LYeR2wbtupArzmnXvCZ1mnSSvFBaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFPc+IEsvbIKm
        keZQbDMOKGqImRAcMAoGCCqGSM49BAMCA0gAMEUCIQDq/yV2AZKd1N/qPAhu74iqotPvq1dfH1dmsBtzdSBhpwIgedOME0Rori9O9yUlIWYGu1zCo8SH1Cag
        rxukrrYaMno=
        """);

    /// <summary>A certificate that it has signed for <c>truck-17</c>, with names of every form.</summary>
    public static byte[] Leaf => Convert.FromBase64String(
        """
        MIICFDCCAbmgAwIBAgIBATAKBggqhkjOPQQDAjATMREwDwYDVQQDDAhNYWtlciBDQTAgFw0yMDAxMDEwMDAwMDBaGA8yMTI2MTEwMTIyNDk0N1owJTERMA8G
        A1UEAwwIdHJ1Y2stMTcxEDAOBgNVBAoMB0V4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARAVmO5P6rreIhhv7nuULy8cR8IhDhxymR+iBwADPeH
        +b49ewcjuPGcdYenNLHI7Knz0hH+uCMqB89SrX9HOx8jo4HpMIHmMAkGA1UdEwQCMAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMHQG
        A1UdEQRtMGuCCHRydWNrLTE3hht1cm46ZXhhbXBsZTpkZXZpY2U6dHJ1Y2stMTiGIGh0dHBzOi8vZXhhbXBsZS9kZXZpY2VzL3RydWNrLTE5gQVhQGIuY4cE
        CgAAAaQTMBExDzANBgNVBAMMBmxhbXAtMTAdBgNVHQ4EFgQUmyqDS3KNOxUy5o8nwgwwFoZA9icwHwYDVR0jBBgwFoAU9z4gSy9sgqaR5lBsMw4oaoiZEBww
        CgYIKoZIzj0EAwIDSQAwRgIhAIkfnsVYXzlg5Oak0Psbd8QUJ6TSFXkJVDp2gdK9zluyAiEAxoXKlrA//e6tUd2xj4H72UL8Mukfh3GTh5Mdo7SzfWE=
        """);

    /// <summary>A certificate that has signed itself, with RSA-PSS.</summary>
    public static byte[] Own => Convert.FromBase64String(
        """
        MIICZDCCAZmgAwIBAgIUMlUHnL1GbnOAhlJyjQ1WLBKQ+PcwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgB
        ZQMEAgEFAKIDAgFeMA8xDTALBgNVBAMMBGxhbXAwIBcNMjYxMTI1MjI0OTQ3WhgPMjEyNjExMDEyMjQ5NDdaMA8xDTALBgNVBAMMBGxhbXAwgZ8wDQYJKoZI
        hvcNAQEBBQADgY0AMIGJAoGBAJcccMwE5D3m0HN1cJvDHB+q87LLP4/WsXHe4keictJQnk6pPaH0riuHhREobeZNGt9VRwfmkjNYRzUJVnoJSEzd0m98SLim
        /Vvyh2TjvbRM8jnO7tYyuj7ykGGvlHauOZ4lFYx78e1M9KBnqBPVcOJQWXY4VvvEITU+KM7oadHhAgMBAAGjUzBRMB0GA1UdDgQWBBSmLOYWMmpa1/Y/ZzKE
        AkHKpHZr2zAfBgNVHSMEGDAWgBSmLOYWMmpa1/Y/ZzKEAkHKpHZr2zAPBgNVHRMBAf8EBTADAQH/MEEGCSqGSIb3DQEBCjA0oA8wDQYJYIZIAWUDBAIBBQCh
        HDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAIBBQCiAwIBXgOBgQB54LBjAWauQcFn3z6c315uCq69qECUTp2vBrjwe8WK0/dubNOqfsCg12mHMk4zcqFak6j1
        5hVzsqalIwNLpGJUNmkUu2nYT8IrAmYv5WdlDLUzthWTXAS0rPPxrWKyLwqefN1SbtUolY+zx8cRj643EhoEqTrBJDAqo00xtpRK7Q==
        """);

    /// <summary>The list of the authority, which names the leaf.</summary>
    public static byte[] List => Convert.FromBase64String(
        """
        MIHyMIGZAgEBMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCE1ha2VyIENBFw0yNjExMjUyMjQ5NDdaGA8yMTI2MTEwMTIyNDk0N1owIjAgAgEBFw0yNjExMjUy
        MjQ5NDdaMAwwCgYDVR0VBAMKAQSgLzAtMB8GA1UdIwQYMBaAFPc+IEsvbIKmkeZQbDMOKGqImRAcMAoGA1UdFAQDAgEBMAoGCCqGSM49BAMCA0gAMEUCIH4K
        7VpIBy5dFPuza027+FRFJGcjBI3Ajod01mCLs4uEAiEAxiCqyVMyHHTV5sP+AfM5HKkYbEesSTCUnQfjmKJScb8=
        """);
}
